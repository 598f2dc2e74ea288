/** The last line of every run that anything may read: `N passed, N failed`, and `, N skipped` when there are any. */
export const closingLine = ({ passed, failed, skipped = 0 }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
