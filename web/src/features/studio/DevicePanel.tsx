import { Select, Switch } from '@/components/Field';
import { QUALITIES, type SourceKind } from '@/lib/capture';

import styles from './DevicePanel.module.css';
import type { SmallerPictures } from './smaller-pictures';
import { SourceProblem } from './SourceProblem';
import type { Capture } from './useCapture';

/** The choice of camera, microphone and how they are used. */
export function DevicePanel({ capture }: { capture: Capture }) {
  const { camera, microphone } = capture;
  return (
    <div className={styles.panel}>
      {camera.status === 'failed' && (
        <SourceProblem kind="camera" problem={camera.problem} onRetry={() => capture.retry('camera')} />
      )}
      <DeviceSelect kind="camera" devices={capture.cameras} capture={capture} />
      {camera.status === 'on' && (
        <Select
          label="Picture"
          value={capture.quality.id}
          onChange={(event) => capture.chooseQuality(event.target.value)}
        >
          {QUALITIES.map((quality) => (
            <option key={quality.id} value={quality.id}>
              {quality.label}
            </option>
          ))}
        </Select>
      )}
      {camera.status === 'on' && (
        <Switch
          label="Smaller pictures too"
          hint={`${WHY[capture.smaller.because]} It takes a third more of your upload, and counts from when you go live.`}
          checked={capture.smaller.isOn}
          onChange={capture.setSmaller}
        />
      )}
      {microphone.status === 'failed' && (
        <SourceProblem kind="microphone" problem={microphone.problem} onRetry={() => capture.retry('microphone')} />
      )}
      <DeviceSelect kind="microphone" devices={capture.microphones} capture={capture} />
      {microphone.status === 'on' && (
        <Switch
          label="Voice clean-up"
          hint="Removes echo and noise. Leave it off for music: it would eat your instruments."
          checked={capture.isVoice}
          onChange={capture.setVoice}
        />
      )}
    </div>
  );
}

const NAMES: Record<SourceKind, string> = { camera: 'Camera', microphone: 'Microphone' };

const WHY: Record<SmallerPictures['because'], string> = {
  chosen: 'For viewers on slow networks.',
  strong: 'For viewers on slow networks; on, since this computer is strong enough.',
  weak: 'For viewers on slow networks; off, since this device may be too weak.',
};

interface DeviceSelectProps {
  kind: SourceKind;
  devices: MediaDeviceInfo[];
  capture: Capture;
}

function DeviceSelect({ kind, devices, capture }: DeviceSelectProps) {
  if (devices.length === 0) return null;
  const state = capture[kind];
  const current = state.status === 'on' ? (state.track.getSettings().deviceId ?? '') : '';
  return (
    <Select label={NAMES[kind]} value={current} onChange={(event) => capture.choose(kind, event.target.value)}>
      {current === '' && <option value="">Choose one</option>}
      {devices.map((device, index) => (
        <option key={device.deviceId} value={device.deviceId}>
          {device.label === '' ? `${NAMES[kind]} ${index + 1}` : device.label}
        </option>
      ))}
    </Select>
  );
}
