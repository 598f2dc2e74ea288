/** For this package's own specs. Each service has migrations of its own, made from the same tables. */
export default { dialect: 'postgresql', schema: './src/schema.ts', out: './test/migrations' };
