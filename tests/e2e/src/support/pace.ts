/** Only for whoever makes load or lasts a while: that is part of what is tried. Whoever waits for something asks for it (`eventually`). */
export const pace = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
