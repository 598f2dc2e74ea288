const pageBytes = 4_096;
const zeros = Buffer.alloc(pageBytes);

/** Without the pages that hold nothing, which are most of a process's memory and of a log that was made ahead. */
export const dense = (block: Buffer): Buffer => {
  const into = Buffer.allocUnsafeSlow(block.length);
  let length = 0;
  for (let at = 0; at < block.length; at += pageBytes) {
    const page = block.subarray(at, at + pageBytes);
    if (page.equals(page.length === pageBytes ? zeros : zeros.subarray(0, page.length))) continue;
    length += page.copy(into, length);
  }
  return into.subarray(0, length);
};
