import { ControlButton } from './ControlButton';
import type { Screen } from './useScreen';

/** Where else the picture may be: in a window of its own, or everywhere. */
export function ScreenControls({ screen }: { screen: Screen }) {
  return (
    <>
      {screen.canPictureInPicture && (
        <ControlButton icon="pip" label="Picture in picture (p)" onPress={screen.togglePictureInPicture} />
      )}
      {screen.canFullscreen && (
        <ControlButton
          icon={screen.isFullscreen ? 'fullscreenExit' : 'fullscreen'}
          label={screen.isFullscreen ? 'Leave full screen (f)' : 'Full screen (f)'}
          onPress={screen.toggleFullscreen}
        />
      )}
    </>
  );
}
