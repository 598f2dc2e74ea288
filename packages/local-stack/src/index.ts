export { isExecutor, mostExecutors, wantExecutors, wantedExecutors } from './executors.js';
export { LocalStackError, type LocalStackErrorCode } from './errors.js';
export { repositoryRoot, stackHome, type StackHome } from './home.js';
export { lockHolder } from './lock.js';
export { statusOf } from './probe.js';
export { readStackFile, type StackDescription } from './stack-file.js';
