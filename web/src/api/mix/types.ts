/** The shapes of a mix in the platform's answers, as ARCHITECTURE.md states them. */
import type { MonitorGrant } from '@/lib/mix/monitor';

import type { Stream } from '../types';

export type { MonitorGrant };

export interface MixMember {
  userId: string;
  username: string;
  isLead: boolean;
}

export interface Mix {
  id: string;
  streamId: string;
  deckCount: 2 | 4;
  onAir: boolean;
  leadId: string;
  members: MixMember[];
  state: 'starting' | 'running' | 'lost';
  /** RFC 3339, UTC. */
  openedAt: string;
}

/** Lets a device send microphone and camera; the newest grant takes over. */
export interface TalkGrant {
  workerId: string;
  whipUrl: string;
  token: string;
  expiresAt: string;
  iceServers: RTCIceServer[];
}

export interface OpenMix {
  mix: Mix;
  stream: Stream;
}

export interface Entered extends OpenMix {
  monitor: MonitorGrant;
  talk: TalkGrant;
}
