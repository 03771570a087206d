import type { Role } from '@/lib/session';

export const ROLE_NAMES: Record<Role, string> = {
  dj: 'DJ',
  performer: 'Performer',
  viewer: 'Viewer',
  admin: 'Administrator',
};
