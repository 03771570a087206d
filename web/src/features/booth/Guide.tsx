import { useState } from 'react';

import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';

import styles from './Guide.module.css';

const STEPS = [
  {
    title: 'Two tracks',
    text: 'Drop music files on the library, or press Upload there: it stands below the decks, on a phone behind Library. They are checked and analysed: tempo, beats, key. It takes a moment each.',
  },
  {
    title: 'Load and play',
    text: 'Drag a track onto deck A, or choose a deck from its menu (···), and press play, the green key. Its fader up, the crossfader to A: that is what the audience will hear.',
  },
  {
    title: 'Prepare the next one',
    text: 'Put another track on deck B. Press CUE on its channel to hear it in your headphones alone, and SYNC to give it the tempo and beat of deck A.',
  },
  {
    title: 'Bring it in',
    text: 'Wait for the beginning of a bar on deck A, and press play on deck B. In the waveforms above, the beats of both now stand above each other.',
  },
  {
    title: 'Make the transition',
    text: 'Turn the Low of deck B down. Move the crossfader slowly to the middle, swap the Lows from A to B, and go on to B. You have mixed two tracks.',
  },
  {
    title: 'Take it on air',
    text: 'Nobody but you hears any of this until you press Go live. From then on the mix runs on our servers: it goes on even when your connection does not.',
  },
] as const;

/** A walk through the first transition. */
export function Guide({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [at, setAt] = useState(0);
  const step = STEPS[at] ?? STEPS[0];
  const isLast = at === STEPS.length - 1;
  const close = (): void => {
    setAt(0);
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      title={step.title}
      onClose={close}
      actions={
        <>
          <Button kind="ghost" data-testid="guide-skip" onClick={close}>
            {isLast ? 'Close' : 'Skip'}
          </Button>
          {at > 0 && <Button onClick={() => setAt(at - 1)}>Back</Button>}
          <Button kind="primary" data-testid="guide-next" onClick={() => (isLast ? close() : setAt(at + 1))}>
            {isLast ? 'Start playing' : 'Next'}
          </Button>
        </>
      }
    >
      <div className={styles.step}>
        <p className={styles.count}>
          {at + 1} of {STEPS.length}
        </p>
        <p>{step.text}</p>
        <div className={styles.dots} aria-hidden="true">
          {STEPS.map(({ title }, index) => (
            <i key={title} data-on={index <= at} />
          ))}
        </div>
      </div>
    </Dialog>
  );
}
