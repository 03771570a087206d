/** Word that a media server is to be left, as `stream:move` brings it, for whoever is connected to one. */
export class LeaveWord {
  #hear: ((workerId: string) => void) | null = null;

  /** `workerId` is about to leave, or gone. Who is at another one is not disturbed. */
  say(workerId: string): void {
    this.#hear?.(workerId);
  }

  /** Resolves when `workerId` is to be left; the last who asked is told. */
  toLeave(workerId: string): Promise<'moved'> {
    return new Promise((resolve) => {
      this.#hear = (which) => {
        if (which === workerId) resolve('moved');
      };
    });
  }

  /** Nobody is at any. */
  forget(): void {
    this.#hear = null;
  }
}
