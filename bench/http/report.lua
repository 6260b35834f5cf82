-- SPDX-License-Identifier: MIT

-- Has wrk end with one line of JSON. It does nothing for single requests.
function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\nreport {"requests": %d, "wall_us": %d, "bytes": %d, "p50_us": %.1f, "p99_us": %.1f, ' ..
            '"failed": %d, "refused": %d}\n',
        summary.requests, summary.duration, summary.bytes, latency:percentile(50),
        latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
