import { execFile, type ExecFileException } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../exit';

export interface RecordBranchOptions {
  /** Folder of a clone; its work tree and index are not touched. */
  readonly repository: string;
  readonly remote: string;
  readonly branch: string;
}

/** Files of the branch by name, and the commit that they are of. */
export interface RecordTree {
  /** undefined while there is no such branch. */
  readonly tip?: string;
  readonly files: ReadonlyMap<string, string>;
}

/** Others write the branch too; each attempt takes a second or two. */
const ATTEMPTS = 20;

/** A branch of a remote repository that only ever grows, written without checking it out. */
export class RecordBranch {
  constructor(private readonly options: RecordBranchOptions) {}

  /** The branch as it is at the remote now. @throws CliError when git or the remote cannot be reached */
  async read(): Promise<RecordTree> {
    const { remote, branch } = this.options;
    if ((await this.tip()) === '') return { files: new Map() };
    await this.git(['fetch', '--quiet', '--no-tags', remote, `refs/heads/${branch}`]);
    const tip = await this.git(['rev-parse', 'FETCH_HEAD']);
    const names = (await this.git(['ls-tree', '--name-only', tip])).split('\n').filter((name) => name !== '');
    const files = new Map<string, string>();
    for (const name of names) files.set(name, await this.git(['cat-file', 'blob', `${tip}:${name}`], { trim: false }));
    return { tip, files };
  }

  /**
   * Changes files by a commit on top of whatever the remote has by then.
   *
   * @param change gets the branch as it is, and returns the files to write; nothing is committed when there are none.
   * It is asked again when somebody else was quicker.
   */
  async update(message: string, change: (tree: RecordTree) => ReadonlyMap<string, string>): Promise<void> {
    const { remote, branch } = this.options;
    for (let attempt = 1; ; attempt += 1) {
      const tree = await this.read();
      const files = change(tree);
      if (files.size === 0) return;
      const commit = await this.commit(message, tree.tip, files);
      try {
        await this.git(['push', '--quiet', remote, `${commit}:refs/heads/${branch}`]);
        return;
      } catch (error) {
        // Somebody else was quicker exactly when the branch is no longer where it was.
        if (attempt === ATTEMPTS || (await this.tip()) === (tree.tip ?? '')) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200 * attempt));
      }
    }
  }

  /** The branch's commit at the remote; empty while there is no such branch. */
  private async tip(): Promise<string> {
    const { remote, branch } = this.options;
    return (await this.git(['ls-remote', remote, `refs/heads/${branch}`])).split('\t')[0] ?? '';
  }

  private async commit(message: string, parent: string | undefined, files: ReadonlyMap<string, string>) {
    // An index of its own: the one of the clone is the user's.
    const index = join(tmpdir(), `greenroom-index-${randomUUID()}`);
    const env = { GIT_INDEX_FILE: index };
    try {
      await this.git(['read-tree', parent ?? '--empty'], { env });
      for (const [name, text] of files) {
        const blob = await this.git(['hash-object', '-w', '--stdin'], { input: text });
        await this.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${name}`], { env });
      }
      const tree = await this.git(['write-tree'], { env });
      return await this.git(['commit-tree', tree, ...(parent ? ['-p', parent] : []), '-m', message], { env: AUTHOR });
    } finally {
      await rm(index, { force: true });
    }
  }

  /** Node says the same of a folder that is not there as of a program that is not. */
  private notStarted({ code, message }: ExecFileException): string {
    const { repository } = this.options;
    if ((code as unknown) !== 'ENOENT') return message;
    return existsSync(repository) ? 'git is not installed' : `the folder ${repository} does not exist`;
  }

  private git(args: string[], options: { env?: object; input?: string; trim?: boolean } = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        'git',
        args,
        {
          cwd: this.options.repository,
          // git's words are read; and nobody is there to type a password.
          env: { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', ...options.env },
          maxBuffer: 256 * 1024 * 1024,
        },
        (error: ExecFileException | null, stdout, stderr) => {
          if (!error) return resolve(options.trim === false ? stdout : stdout.trim());
          const said = lastWords(stderr) || this.notStarted(error);
          // An address may carry a token.
          reject(new CliError(`git ${args[0]}: ${said.replace(/\/\/[^/@\s]+@/g, '//')}`));
        },
      );
      // Commands that read nothing may be gone before it is closed.
      child.stdin?.on('error', () => undefined).end(options.input ?? '');
    });
  }
}

/** What git says of a failure, without its advice. */
function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('hint:'));
  return lines.slice(-3).join(' ');
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'greenroom',
  GIT_AUTHOR_EMAIL: 'greenroom@localhost',
  GIT_COMMITTER_NAME: 'greenroom',
  GIT_COMMITTER_EMAIL: 'greenroom@localhost',
};
