import type { CreatorType, PublishGrant, Stream } from './types';
import { http } from './client';

export interface Started {
  stream: Stream;
  publish: PublishGrant;
}

export interface StreamWishes {
  title: string;
  description: string;
  /** The announced one that begins; null for a new one. */
  announcedId: string | null;
}

export async function startStream(
  role: CreatorType,
  { title, description, announcedId }: StreamWishes,
): Promise<Started> {
  const body = {
    title,
    ...((description !== '' || announcedId !== null) && { description }),
    ...(announcedId !== null && { streamId: announcedId }),
  };
  return (await http.send('POST', `/${role}/start-stream`, { body })) as Started;
}
