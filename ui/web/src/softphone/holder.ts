// One tab holds the telephone: two that ring and register would throw each other out.

/** Calls `mine` when this tab holds the telephone, until `release` is called. `others` while another one does. */
export class Holder {
  private letGo: (() => void) | null = null;
  private stopped = false;
  private round = 0;

  constructor(
    private readonly name: string,
    private readonly mine: () => void,
    private readonly others: () => void,
    private readonly locks: LockManager = navigator.locks,
  ) {}

  /** Hold it when nobody does; else wait until whoever does is gone. */
  async begin(): Promise<void> {
    const isFree = await this.ask({ ifAvailable: true });
    if (isFree || this.stopped) return;
    this.others();
    await this.ask({});
  }

  /** Take it from the other tab: the agent sits here now. */
  async steal(): Promise<void> {
    await this.ask({ steal: true });
  }

  release(): void {
    this.stopped = true;
    this.letGo?.();
    this.letGo = null;
  }

  /** False when the lock was not to be had. Returns when it is let go or taken. */
  private ask(options: LockOptions): Promise<boolean> {
    const round = ++this.round;
    const held = (lock: Lock | null): Promise<boolean> | boolean => {
      if (!lock) return false;
      if (this.stopped || (round !== this.round && !options.steal)) return true;
      this.mine();
      return new Promise((resolve) => {
        this.letGo = () => resolve(true);
      });
    };
    return Promise.resolve(this.locks.request(this.name, options, held)).catch(() => {
      // Stolen by another tab: wait for it to be done.
      if (this.stopped) return true;
      this.others();
      return this.ask({});
    });
  }
}
