/** An alarm as CloudWatch tells of it. */
export interface AlarmFound {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly reason: string;
  /** When it came into this state, ISO 8601. @default - CloudWatch does not say */
  readonly since?: string;
}

/** Which alarms a release listens to, and from when on. */
export interface Watch {
  /** Alarms of the new color: quiet from the cutover's preparation on, whatever they did before. */
  readonly color: readonly string[];
  /** The user's own, which concern both colors. */
  readonly own: readonly string[];
  /** When the cutover was prepared, ISO 8601; undefined while it is. */
  readonly cutoverAt?: string;
}

export interface AlarmVerdict {
  /** What stops the release, in words. */
  readonly stops: readonly string[];
  /** Own alarms that rang before the cutover and do not stop it: the release may be what mends them. */
  readonly setAside: readonly string[];
  /** Alarms without enough data to say anything; they count as quiet, since a fleet without viewers has none. */
  readonly silent: readonly string[];
}

/** Judges alarms; an alarm that does not exist stops a release as one that rings does. */
export function judgeAlarms(found: readonly AlarmFound[], { color, own, cutoverAt }: Watch): AlarmVerdict {
  const rings = found.filter(({ state }) => state === 'ALARM');
  const isOwn = ({ name }: AlarmFound) => own.includes(name) && !color.includes(name);
  const before = ({ since }: AlarmFound) =>
    cutoverAt === undefined || (since !== undefined && Date.parse(since) < Date.parse(cutoverAt));
  const setAside = rings.filter((alarm) => isOwn(alarm) && before(alarm));
  const missing = [...color, ...own].filter((name) => !found.some((alarm) => alarm.name === name));
  return {
    stops: [
      ...rings.filter((alarm) => !setAside.includes(alarm)).map(({ name, reason }) => `${name}: ${reason}`),
      ...missing.map((name) =>
        color.includes(name)
          ? `${name}: does not exist; deploy the fleet stack again`
          : `${name}: does not exist; make it, or take it out of alarms.own`,
      ),
    ],
    setAside: setAside.map(({ name }) => name),
    silent: found.filter(({ state }) => state === 'INSUFFICIENT_DATA').map(({ name }) => name),
  };
}
