import { CreatorPage, type Creator } from '@/components/CreatorPage';
import { PageLoading } from '@/components/Page';
import { AnswerProblem } from '@/components/AnswerProblem';
import { EndedNotice } from './EndedNotice';
import { LiveDesk } from './LiveDesk';
import { OtherStream } from './OtherStream';
import { SetUp } from './SetUp';
import { useEncoderStream } from './useEncoderStream';

/** Going live from OBS or another encoder: how to set it up, and how it goes. */
export default function EncoderPage() {
  return (
    <CreatorPage title="Stream from OBS" what="Go live from OBS, or any encoder that speaks RTMP or SRT.">
      {(creator) => <Encoder key={creator.id} creator={creator} />}
    </CreatorPage>
  );
}

function Encoder({ creator }: { creator: Creator }) {
  const { state, refresh, forget } = useEncoderStream();
  switch (state.phase) {
    case 'asking':
      return <PageLoading />;
    case 'unknown':
      return <AnswerProblem title="We cannot tell whether you are live" message={state.message} onRetry={refresh} />;
    case 'on-air':
      return <LiveDesk key={state.stream.id} stream={state.stream} creator={creator} onEnded={refresh} />;
    case 'elsewhere':
      return (
        <>
          <OtherStream stream={state.stream} />
          <SetUp isWaiting={false} />
        </>
      );
    case 'waiting':
      return (
        <>
          {state.last !== null && <EndedNotice stream={state.last} onClose={forget} />}
          <SetUp isWaiting />
        </>
      );
  }
}
