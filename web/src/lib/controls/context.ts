import { createContext, use } from 'react';

import type { ControlSurface } from './surface';

/** The surface that keys and controllers play; null outside a booth. */
export const SurfaceContext = createContext<ControlSurface | null>(null);

export function useSurface(): ControlSurface | null {
  return use(SurfaceContext);
}
