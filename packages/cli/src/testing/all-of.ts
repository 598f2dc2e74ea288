/** Everything that a stream gives. */
export const allOf = async <T>(stream: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = [];
  for await (const each of stream) all.push(each);
  return all;
};
