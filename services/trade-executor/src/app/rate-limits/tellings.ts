type Told = { readonly back: ReadonlyMap<string, number>; readonly blocks: ReadonlyMap<string, number> };

/**
 * What the shared rows have still to be told: what was granted and not used, and until when a venue wants to be left alone. What comes up while
 * they are told is told by the next exchange, and what an exchange that failed has told them is told again.
 */
export const createTellings = () => {
  const back = new Map<string, number>();
  const blocks = new Map<string, number>();
  let telling: Told | undefined;

  const giveBack = (key: string, amount: number): void => {
    if (amount > 0) back.set(key, (back.get(key) ?? 0) + amount);
  };
  const block = (key: string, until: number): void => void blocks.set(key, Math.max(blocks.get(key) ?? 0, until));

  return {
    giveBack,
    block,
    hasBlocks: (): boolean => blocks.size > 0,
    /** What the exchange that begins now tells. */
    take: (): Told => {
      telling = { back: new Map(back), blocks: new Map(blocks) };
      back.clear();
      blocks.clear();
      return telling;
    },
    arrived: (): void => {
      telling = undefined;
    },
    failed: (): void => {
      for (const [key, amount] of telling?.back ?? []) giveBack(key, amount);
      for (const [key, until] of telling?.blocks ?? []) block(key, until);
      telling = undefined;
    },
  };
};
