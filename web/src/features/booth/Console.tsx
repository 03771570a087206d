import { useState, type ReactNode } from 'react';

import { useDesk } from '@/lib/mix/desk-port';

import styles from './Console.module.css';
import { DeckPanel } from './deck/DeckPanel';
import { EffectPanel } from './deck/EffectPanel';
import { deckColour, deckName } from './draw/palette';
import { Crossfader } from './mixer/Crossfader';
import { MixerPanel } from './mixer/MixerPanel';
import { Sampler } from './Sampler';
import { useWide } from './useWide';
import { Waves } from './Waves';

interface ConsoleProps {
  library: ReactNode;
  headphones: ReactNode;
  onHelp: () => void;
}

/** Decks, mixer and library, laid out as the screen allows. */
export function Console({ library, headphones, onHelp }: ConsoleProps) {
  const count = useDesk((desk) => desk.decks.length) ?? 2;
  const isWide = useWide();
  const below = (
    <div className={styles.below}>
      {headphones}
      <Sampler />
      <MasterEffect />
    </div>
  );
  if (!isWide) return <PhoneConsole count={count} library={library} below={below} onHelp={onHelp} />;
  return (
    <main id="main" className={styles.console} data-decks={count} data-testid="console">
      <h1 className="visually-hidden">Booth</h1>
      <Waves onHelp={onHelp} />
      <div className={styles.desk}>
        <div className={styles.left}>
          <DeckPanel index={0} isCompact={count === 4} />
          {count === 4 && <DeckPanel index={2} isCompact />}
        </div>
        <div className={styles.mixer}>
          <MixerPanel />
        </div>
        <div className={styles.right}>
          <DeckPanel index={1} isCompact={count === 4} />
          {count === 4 && <DeckPanel index={3} isCompact />}
        </div>
      </div>
      {below}
      <div className={styles.library}>{library}</div>
    </main>
  );
}

type Place = number | 'mixer' | 'library';

interface PhoneConsoleProps {
  count: number;
  library: ReactNode;
  below: ReactNode;
  onHelp: () => void;
}

/** One thing at a time; the waves and the crossfader are always there. */
function PhoneConsole({ count, library, below, onHelp }: PhoneConsoleProps) {
  const [place, setPlace] = useState<Place>(0);
  const places: Place[] = [...Array.from({ length: count }, (_, index) => index), 'mixer', 'library'];
  return (
    <main id="main" className={styles.phone} data-testid="console" data-place={place}>
      <h1 className="visually-hidden">Booth</h1>
      <Waves onHelp={onHelp} />
      <nav className={styles.places} aria-label="Parts of the booth">
        {places.map((each) => (
          <button
            key={each}
            type="button"
            aria-current={each === place}
            data-testid={`place-${each}`}
            style={typeof each === 'number' ? { borderColor: deckColour(each) } : {}}
            onClick={() => setPlace(each)}
          >
            {nameOf(each)}
          </button>
        ))}
      </nav>
      {typeof place === 'number' && <DeckPanel key={place} index={place} isCompact />}
      {place === 'mixer' && (
        <>
          <MixerPanel isDocked />
          {below}
        </>
      )}
      {/* It stays, so that searches and uploads go on while one looks elsewhere. */}
      <div className={styles.shelf} hidden={place !== 'library'}>
        {library}
      </div>
      <div className={styles.dock}>
        <Crossfader />
      </div>
    </main>
  );
}

function nameOf(place: Place): string {
  if (typeof place === 'number') return `Deck ${deckName(place)}`;
  return place === 'mixer' ? 'Mixer' : 'Library';
}

function MasterEffect() {
  const effect = useDesk((desk) => desk.masterEffect);
  if (effect === undefined) return null;
  return (
    <details className={styles.effect}>
      <summary>Master effect{effect.kind !== 0 && effect.mix > 0 ? ' · on' : ''}</summary>
      <EffectPanel effect={effect} slot={4} name="the master" />
    </details>
  );
}
