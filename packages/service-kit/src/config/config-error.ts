import { AppError } from '@latchkey/kernel';

/** One thing wrong with one variable. */
export type ConfigProblem = {
  readonly variable: string;
  /** What is wrong; a secret's value is never in it. */
  readonly problem: string;
  readonly remedy: string;
};

/** Every problem of a configuration at once, so that nobody has to start a service five times to find five typing errors. */
export class ConfigError extends AppError<'config.invalid'> {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem, remedy }) => `  - ${variable} ${problem}. ${remedy}`);
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super('config.invalid', `the configuration has ${count}:\n${lines.join('\n')}`, {
      variables: problems.map(({ variable }) => variable),
    });
    this.problems = problems;
  }
}
