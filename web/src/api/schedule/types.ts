export interface ScheduleWishes {
  title: string;
  description: string;
  /** RFC 3339, UTC. */
  startsAt: string;
  record: boolean;
}
