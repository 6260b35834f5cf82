// SPDX-License-Identifier: MIT

// The words of reports.

#include <patio/core/detail/wait_node.hpp>
#include <patio/core/report.hpp>

namespace patio {

const char* name_of(report_kind kind) noexcept {
    switch (kind) {
        case report_kind::never_awaited:
            return "never awaited";
        case report_kind::loop_blocked:
            return "loop blocked";
        case report_kind::slow_step:
            return "slow step";
        case report_kind::unobserved_failure:
            return "unobserved failure";
        case report_kind::secondary_failure:
            return "secondary failure";
        case report_kind::failed_cleanup:
            return "failed cleanup";
        case report_kind::deadlock:
            return "deadlock";
        case report_kind::swallowed_cancellation:
            return "swallowed cancellation";
        case report_kind::broken_lock:
            return "broken lock";
        case report_kind::failed_callback:
            return "failed callback";
        case report_kind::stuck_job:
            return "stuck job";
        case report_kind::other_driver:
            return "other driver";
    }
    return "report";
}

namespace detail {

// tidy: allow(function-length): a line for each kind
const char* name_of(wait_kind kind) noexcept {
    switch (kind) {
        case wait_kind::running:
            return "running";
        case wait_kind::ready:
            return "ready";
        case wait_kind::children:
            return "children";
        case wait_kind::foreign:
            return "foreign awaitable";
        case wait_kind::relock:
            return "condition.wait, for its mutex";
        case wait_kind::ended:
            return "ended";
        case wait_kind::callback:
            return "callback";
        case wait_kind::sleep:
            return "sleep";
        case wait_kind::scope_deadline:
            return "deadline";
        case wait_kind::timer_callback:
            return "timer";
        case wait_kind::join:
            return "join";
        case wait_kind::event:
            return "event.wait";
        case wait_kind::mutex:
            return "mutex.lock";
        case wait_kind::condition:
            return "condition.wait";
        case wait_kind::semaphore:
            return "semaphore.acquire";
        case wait_kind::barrier:
            return "barrier.wait";
        case wait_kind::queue_get:
            return "queue.get";
        case wait_kind::queue_put:
            return "queue.put";
        case wait_kind::queue_join:
            return "queue.join";
        case wait_kind::channel_send:
            return "channel.send";
        case wait_kind::channel_receive:
            return "channel.receive";
        case wait_kind::oneshot:
            return "oneshot";
        case wait_kind::broadcast:
            return "broadcast.receive";
        case wait_kind::watch:
            return "watch.changed";
        case wait_kind::stream_read:
            return "stream.read";
        case wait_kind::stream_write:
            return "stream.write";
        case wait_kind::gate:
            return "gate";
        case wait_kind::custom:
            return "wait";
        case wait_kind::job:
            return "thread";
        case wait_kind::kernel:
            return "kernel operation";
        case wait_kind::remote_call:
            return "call_on";
        case wait_kind::shared_send:
            return "shared_channel.send";
        case wait_kind::shared_receive:
            return "shared_channel.receive";
    }
    return "wait";
}

}  // namespace detail
}  // namespace patio
