"""Which environments there are: free ones by function and revision, the busy ones, and who must go."""

from __future__ import annotations

from sundog.clock import Clock
from sundog.compute.contract import FunctionSpec
from sundog.compute.environment import Environment

IDLE_MS_MAX = 5 * 60_000
ENVIRONMENTS_MAX = 200
AGE_MS_MAX = 25 * 60_000
"""Of sundog's time: an environment keeps its first credentials, which are good for half an hour at least."""

_Key = tuple[str, str, str]


def _key(spec: FunctionSpec) -> _Key:
    return (spec.arn, spec.version, spec.revision)


class Pool:
    """Keeps accounts only; starting and ending environments is the engine's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free: dict[_Key, list[Environment]] = {}
        self._busy: set[Environment] = set()
        self._retired: set[Environment] = set()
        self._worn: list[Environment] = []
        self._kept: dict[_Key, int] = {}
        self._is_closed = False

    def keep(self, spec: FunctionSpec, count: int) -> int:
        """Never end the last ``count`` environments of the spec for being unused; how many are missing."""
        key = _key(spec)
        if not count:
            self._kept.pop(key, None)
            return 0
        self._kept[key] = count
        free = self._free.get(key, [])
        worn = [environment for environment in free if self._is_worn(environment)]
        self._free[key] = [environment for environment in free if environment not in worn]
        self._worn += worn
        return max(0, count - self._count(key))

    def take(self, spec: FunctionSpec) -> Environment | None:
        """The environment used last among the free ones, so that the others may age."""
        free = self._free.get(_key(spec))
        while free:
            environment = free.pop()
            if not self._is_worn(environment):
                return environment
            self._worn.append(environment)
        return None

    def has_snapshot(self, spec: FunctionSpec) -> bool:
        """Whether one waits that no invocation has restored yet."""
        return any(environment.is_snapshot for environment in self._free.get(_key(spec), ()))

    def add_busy(self, environment: Environment) -> None:
        self._busy.add(environment)

    def give_back(self, environment: Environment) -> bool:
        """False when it was retired meanwhile: it must be ended."""
        self._busy.discard(environment)
        if self._is_closed:
            return False
        if environment in self._retired:
            self._retired.discard(environment)
            return False
        environment.last_used_ns = self._clock.monotonic_ns()
        free = self._free.setdefault(_key(environment.spec), [])
        if environment.is_snapshot:  # taken when no warm one is left
            free.insert(0, environment)
        else:
            free.append(environment)
        return True

    def drop(self, environment: Environment) -> None:
        self._busy.discard(environment)
        self._retired.discard(environment)

    def running(self) -> list[Environment]:
        return [environment for environment in self._busy if environment.is_running]

    def retire(self, arn: str, keep_revision: str | None) -> list[Environment]:
        """Free environments to end now; busy ones are ended when they come back."""
        keys = [key for key in self._free if key[0] == arn and key[2] != keep_revision]
        self._retired |= {e for e in self._busy if e.spec.arn == arn and e.spec.revision != keep_revision}
        return [environment for key in keys for environment in self._free.pop(key)]

    def outdate(self, current: FunctionSpec, base: str) -> list[Environment]:
        """Like `retire`: those of other states of the folders that revision ``base`` of a version watches."""

        def is_old(key: _Key) -> bool:
            is_watched = key[:2] == new[:2] and key[2].startswith(f"{base}@")
            return is_watched and key[2] != new[2]

        new = _key(current)
        self._retired |= {environment for environment in self._busy if is_old(_key(environment.spec))}
        for key in [key for key in self._kept if is_old(key)]:
            self._kept[new] = self._kept.pop(key)
        old = [key for key in self._free if is_old(key)]
        return [environment for key in old for environment in self._free.pop(key)]

    def on_port(self, port: int) -> list[Environment]:
        """Like `retire`: free environments whose debugger listens there."""
        keys = [
            key
            for key, free in self._free.items()
            if free and free[0].spec.debugger is not None and free[0].spec.debugger.port == port
        ]
        return [environment for key in keys for environment in self._free.pop(key)]

    def surplus(self) -> list[Environment]:
        """Free environments too old, and those beyond the bound, the longest unused first."""
        worn, self._worn = self._worn, []
        count = len(self._busy) + sum(map(len, self._free.values()))
        if count <= ENVIRONMENTS_MAX:
            return worn
        oldest = sorted(self._unused(), key=lambda e: e.last_used_ns)
        return worn + self._take_away(oldest[: count - ENVIRONMENTS_MAX])

    def idle(self) -> list[Environment]:
        """Free environments that nobody has used for a while."""
        limit_ns = self._clock.monotonic_ns() - IDLE_MS_MAX * 1_000_000
        return self._take_away([e for e in self._unused() if e.last_used_ns < limit_ns])

    def close(self) -> list[Environment]:
        """Everything there is; nothing is taken back from now on."""
        self._is_closed = True
        everything = [*self._busy, *self._worn, *(e for free in self._free.values() for e in free)]
        self._busy.clear()
        self._free.clear()
        self._retired.clear()
        self._worn.clear()
        return everything

    def _unused(self) -> list[Environment]:
        """Free environments but those that are kept; of these the ones used last."""
        found: list[Environment] = []
        for key, free in self._free.items():
            spare = self._count(key) - self._kept.get(key, 0)
            found += free[: max(0, spare)]
        return found

    def _count(self, key: _Key) -> int:
        return len(self._free.get(key, ())) + sum(_key(e.spec) == key for e in self._busy)

    def _is_worn(self, environment: Environment) -> bool:
        """Snapshots keep no credentials."""
        return not environment.is_snapshot and self._clock.now_ms() - environment.created_ms > AGE_MS_MAX

    def _take_away(self, environments: list[Environment]) -> list[Environment]:
        for environment in environments:
            key = _key(environment.spec)
            self._free[key].remove(environment)
            if not self._free[key]:
                del self._free[key]
        return environments
