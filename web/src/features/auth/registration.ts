import type { Registration } from '@/api/register';
import type { FieldErrors } from '@/lib/field-errors';

export type Draft = Omit<Registration, 'role'> & { role: Registration['role'] | null };

/** What is missing or plainly wrong, before the platform is asked, which has the last word. */
export function problemsOf(draft: Draft): FieldErrors {
  const { role, email, username, password, termsAccepted } = draft;
  return {
    ...(role === null && { role: 'Choose one of the three.' }),
    ...(!/^[A-Za-z0-9_]{3,30}$/.test(username) && { username: 'Use 3 to 30 letters, digits and underscores.' }),
    ...(!/^\S+@\S+\.\S+$/.test(email) && { email: 'Enter your email address, such as name@example.com.' }),
    ...(password.length < 8 && { password: 'Use at least 8 characters.' }),
    ...(!termsAccepted && { termsAccepted: 'NRS Live is for adults who accept the terms.' }),
  };
}
