// How long jobs take.

function showTurnaround(filter) {
  const found = summed(data.turnaround, filter, (columns, row) => `${columns.class[row]} ${columns.failed[row]}`);
  const jobsOf = (code, failed) => found.get(`${code} ${failed}`)?.jobs ?? 0;
  const codes = [...data.limits_s.keys(), data.limits_s.length];
  const both = codes.map((code) => jobsOf(code, 0) + jobsOf(code, 1));
  const jobs = both.reduce((a, b) => a + b, 0);
  const used = codes.filter((code) => both[code] > 0);
  const range = used.length ? codes.slice(used[0], used.at(-1) + 1) : [];
  const bars = range.flatMap((code) => ["processed", "failed"].map((end, place) =>
    ({ time: classNamed(code), end, place, jobs: jobsOf(code, place) })));
  const endless = jobsOf(OTHER, 0) + jobsOf(OTHER, 1);
  const within = (part) => {
    let sum = 0;
    const code = codes.find((each) => (sum += both[each]) >= part * jobs);
    return code < data.limits_s.length ? `at most ${time(data.limits_s[code])}` : `more than ${time(data.limits_s.at(-1))}`;
  };
  const failed = codes.concat(OTHER).reduce((sum, code) => sum + jobsOf(code, 1), 0);
  say("turnaround", jobs + endless === 0 ? "No job finished in this period." :
    (jobs ? `Of ${count(jobs, "finished job")}, half took ${within(0.5)}, and 19 of 20 ${within(0.95)}. ` : "") +
    `${failed ? count(failed, "job") : "None"} failed.` + (endless ? ` Of ${count(endless, "job")} the end is not known.` : ""));
  const cells = range.map((code) => [cell(classNamed(code), code), counted(jobsOf(code, 0)), counted(jobsOf(code, 1)), rated(both[code], jobs)]);
  const foot = endless ? [["not known", counted(jobsOf(OTHER, 0)), counted(jobsOf(OTHER, 1)), "–"]] : [];
  tabulate("turnaround", ["from creation to completion", "processed", "failed", "share"], cells, foot);
  return [draw("turnaround", bars)];
}

const classNamed = (code) =>
  code === 0 ? `≤ ${time(data.limits_s[0])}` : code === data.limits_s.length ? `> ${time(data.limits_s.at(-1))}` : `≤ ${time(data.limits_s[code])}`;
function time(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]])
    if (seconds >= size) return `${seconds / size} ${unit}`;
  return `${seconds} s`;
}
