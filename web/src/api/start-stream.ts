import type { CreatorType, PublishGrant, Stream } from './types';
import { http } from './client';

export interface Started {
  stream: Stream;
  publish: PublishGrant;
}

export async function startStream(role: CreatorType, title: string, description: string): Promise<Started> {
  const body = { title, ...(description !== '' && { description }) };
  return (await http.send('POST', `/${role}/start-stream`, { body })) as Started;
}
