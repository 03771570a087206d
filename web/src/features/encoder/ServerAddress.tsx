import { useState } from 'react';

import type { IngestServer } from '@/api/encoder/types';
import { CopyText } from '@/components/CopyText';
import { Select } from '@/components/Field';

import styles from './KeyPanel.module.css';

const NAMES = { rtmp: 'RTMP', rtmps: 'RTMPS, encrypted', srt: 'SRT, for bad networks' };

/** Where to: the plain way, and the others where there are any. */
export function ServerAddress({ server }: { server: IngestServer }) {
  const ways = (
    [
      ['rtmp', server.rtmpUrl],
      ['rtmps', server.rtmpsUrl],
      ['srt', server.srtUrl],
    ] as const
  ).filter((way): way is ['rtmp' | 'rtmps' | 'srt', string] => way[1] !== null);
  const [way, setWay] = useState<string>(server.rtmpsUrl === null ? 'rtmp' : 'rtmps');
  const [, url] = ways.find(([name]) => name === way) ?? ['rtmp', server.rtmpUrl];
  return (
    <div className={styles.server} data-many={ways.length > 1}>
      {ways.length > 1 && (
        <Select label="Protocol" value={way} onChange={(event) => setWay(event.target.value)}>
          {ways.map(([name]) => (
            <option key={name} value={name}>
              {NAMES[name]}
            </option>
          ))}
        </Select>
      )}
      <CopyText key={url} label="Server" text={url} />
    </div>
  );
}
