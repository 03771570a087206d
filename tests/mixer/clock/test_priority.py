"""What a process at real-time priority may do to the others."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap

RUNAWAY = textwrap.dedent("""
    import json, resource, sys
    from mixer.clock.priority import take_real_time_priority
    allowed = take_real_time_priority(0.2)
    print(json.dumps({"allowed": allowed, "limit": resource.getrlimit(resource.RLIMIT_RTTIME)}), flush=True)
    while allowed:
        pass
""")

PATIENT = textwrap.dedent("""
    import time
    from mixer.clock.priority import take_real_time_priority
    take_real_time_priority(0.2)
    worked_s = 0.0
    while worked_s < 0.5:
        before = time.process_time()
        while time.process_time() - before < 0.01:
            pass
        worked_s += time.process_time() - before
        time.sleep(0.001)
""")


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)


def test_a_loop_without_an_end_does_not_keep_a_processor_from_the_others() -> None:
    done = run(RUNAWAY)
    said = json.loads(done.stdout)
    assert said["limit"][0] == 200_000
    assert done.returncode == (-signal.SIGXCPU if said["allowed"] else 0), done.stderr


def test_work_with_pauses_goes_on_for_longer_than_the_limit() -> None:
    assert run(PATIENT).returncode == 0
