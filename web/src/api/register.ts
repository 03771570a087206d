import type { CreatorType } from './types';
import { http } from './client';

export interface Registration {
  email: string;
  username: string;
  password: string;
  role: CreatorType | 'viewer';
  termsAccepted: boolean;
}

export async function register(registration: Registration): Promise<void> {
  await http.send('POST', '/auth/register', { body: registration, authenticated: false });
}
