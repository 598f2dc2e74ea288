/** Who acts when nobody asked: the executor itself. */
export const executorActor = 'service:trade-executor';
