// What each container may do, as the engine set it up and as a process inside finds it.

const writable =
  'for at in / /app /usr /etc /var/tmp /home/node; do [ ! -d "$at" ] || { touch "$at/.probe" 2>/dev/null && echo "$at"; }; done; true';
const capabilities =
  "sed -n 's/^CapEff:[[:space:]]*//p;s/^CapBnd:[[:space:]]*//p;s/^NoNewPrivs:[[:space:]]*//p' /proc/self/status";
const secretVolume = /_secrets-(.+)$/;

const secretsOf = (container) =>
  container.Mounts.flatMap(({ Name = '', RW }) =>
    secretVolume.test(Name) ? [`${secretVolume.exec(Name)[1]}${RW ? ' (writable)' : ''}`] : [],
  );

/** @returns rows of `[container, user, writable folders, capabilities and no-new-privs, secrets, as it must be?]` */
export const confinement = async ({ containers, shell }) => {
  const all = await containers();
  return Promise.all(
    Object.entries(all)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(async ([service, container]) => {
        const [user, open, rights] = await Promise.all(
          ['id -u', writable, capabilities].map(async (script) => (await shell(service, script)).stdout.split('\n').join(' ')),
        );
        const secrets = secretsOf(container);
        const bare = /^0+ 0+ 1$|^1 0+ 0+$/.test(rights.trim()); // no capability, none to be had, and no way to more
        const limited = container.HostConfig.Memory > 0 && container.HostConfig.PidsLimit > 0;
        const ok =
          Number(user) > 0 &&
          open === '' &&
          bare &&
          limited &&
          container.HostConfig.ReadonlyRootfs &&
          secrets.every((name) => name === service) &&
          !container.Config.Env.some((entry) => /SU[A-Z2-7]{56}|"d":|ENCRYPTION_KEY=/.test(entry));
        return [service, user, open || 'none', bare ? 'none' : rights, secrets.join(', ') || 'none', ok];
      }),
  );
};
