import { ChoiceGroup, MenuAction, PlayerMenu, type Choice } from '@/components/player/PlayerMenu';
import { AUTO, qualityChoices } from '@/components/player/quality-choices';
import type { LatencyMode, TransportReading } from '@/components/player/useTransport';
import type { Quality } from '@/lib/player/quality';

interface SettingsProps {
  mode: LatencyMode;
  onMode: (mode: LatencyMode) => void;
  /** Whether the transport is held to one, whatever is chosen. */
  isForced: boolean;
  transport: TransportReading;
  /** The sizes there are by HLS, for who watches in real time what is sent in one size. */
  ladder: Quality[];
  shownHeight: number;
  onOpen: () => void;
  onStatistics: () => void;
  onKeys: () => void;
}

const MODES: (Choice & { id: LatencyMode })[] = [
  { id: 'real-time', name: 'Real time', hint: 'Below half a second, by WebRTC' },
  { id: 'low-latency', name: 'Low latency', hint: 'Two to three seconds, by LL-HLS' },
  { id: 'smooth', name: 'Smooth', hint: 'Some seconds more, for a bad network' },
];

const MODES_WITHOUT_WEBRTC = MODES.map((choice) =>
  choice.id === 'real-time' ? { ...choice, hint: 'Your network or browser does not let it through' } : choice,
);

/** How close to now, and how sharp. */
export function Settings({
  mode,
  onMode,
  isForced,
  transport,
  ladder,
  shownHeight,
  onOpen,
  onStatistics,
  onKeys,
}: SettingsProps) {
  const isRealTime = transport.kind === 'webrtc';
  const isElsewhere = isRealTime && transport.qualities.length < 2;
  const qualities = isElsewhere ? (isForced || ladder.length < 2 ? [] : ladder) : transport.qualities;
  const isThere = qualities.some(({ id }) => id === transport.quality);
  return (
    <PlayerMenu onOpen={onOpen}>
      {!isForced && (
        <ChoiceGroup
          title="Latency"
          choices={mode === 'real-time' && transport.kind === 'hls' ? MODES_WITHOUT_WEBRTC : MODES}
          value={mode}
          onChoose={(id) => {
            // A size in real time is none by HLS, and the other way about.
            if (id === 'real-time' || isRealTime) transport.chooseQuality(null);
            onMode(id as LatencyMode);
          }}
        />
      )}
      <ChoiceGroup
        title={isElsewhere && qualities.length > 0 ? 'Quality (a fixed one plays at low latency)' : 'Quality'}
        choices={qualityChoices(qualities, shownHeight)}
        value={isThere ? (transport.quality ?? AUTO) : AUTO}
        onChoose={(id) => {
          transport.chooseQuality(id === AUTO ? null : id);
          if (isElsewhere && id !== AUTO) onMode('low-latency');
        }}
      />
      <MenuAction onPress={onStatistics}>Statistics</MenuAction>
      <MenuAction onPress={onKeys}>Keys</MenuAction>
    </PlayerMenu>
  );
}
