import { useState } from 'react';

import { Button } from '@/components/Button';
import { useDesk } from '@/lib/mix/desk-port';

import { Key } from './controls/Key';
import styles from './Waves.module.css';
import { ZoomedWave } from './ZoomedWave';

/** Pixels of a second, from far to near. */
const ZOOMS = [40, 64, 100, 160, 240] as const;

/** The decks' waves above each other, so that beats can be laid on beats by eye. */
export function Waves({ onHelp }: { onHelp: () => void }) {
  const decks = useDesk((desk) => desk.decks) ?? [];
  const [zoom, setZoom] = useState(2);
  const order = decks.length === 4 ? [2, 0, 1, 3] : decks.map((_, index) => index);
  return (
    <section className={styles.waves} aria-label="Waveforms" data-decks={decks.length}>
      {order.map((index) => {
        const deck = decks[index];
        return deck && <ZoomedWave key={index} deck={deck} index={index} pxPerS={ZOOMS[zoom] ?? ZOOMS[2]} />;
      })}
      {decks.every((deck) => deck.track === null && !deck.loading) && (
        <div className={styles.first} data-testid="first-steps">
          <p>
            <strong>Nothing is loaded yet.</strong> Upload two tracks to your library, then drag one onto each deck.
          </p>
          <Button size="small" onClick={onHelp}>
            Show me the first transition
          </Button>
        </div>
      )}
      <div className={styles.zoom}>
        <Key
          label="See more of the waveforms"
          control="zoom_out"
          size="small"
          isDisabled={zoom === 0}
          onPress={() => setZoom(zoom - 1)}
        >
          −
        </Key>
        <Key
          label="See the waveforms closer"
          control="zoom_in"
          size="small"
          isDisabled={zoom === ZOOMS.length - 1}
          onPress={() => setZoom(zoom + 1)}
        >
          +
        </Key>
      </div>
    </section>
  );
}
