// SPDX-License-Identifier: MIT

// Short names for tasks, and the words of reports.

#include <patio/core/detail/task_record.hpp>
#include <patio/core/report.hpp>

#include <cstring>
#include <string_view>

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
    }
    return "report";
}

namespace detail {

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
        case wait_kind::gate:
            return "gate";
        case wait_kind::custom:
            return "wait";
        case wait_kind::job:
            return "thread";
        case wait_kind::kernel:
            return "kernel operation";
    }
    return "wait";
}

namespace {

/// The index of the `open` that belongs to the `close` at the end of `s`, or npos.
std::size_t matching_open(std::string_view s, char open, char close) noexcept {
    int depth = 0;
    for (std::size_t i = s.size(); i-- > 0;) {
        if (s[i] == close) ++depth;
        if (s[i] == open && --depth == 0) return i;
    }
    return std::string_view::npos;
}

/// Cuts what stands behind the parameter list: " const", " [with T = int]", "(int)::_Z…Frame*" of
/// GCC.
std::string_view without_tail(std::string_view s) noexcept {
    if (const auto with = s.find(" [with "); with != s.npos) s = s.substr(0, with);
    if (const auto clang_with = s.find(" [T"); clang_with != s.npos) s = s.substr(0, clang_with);
    while (!s.empty() && s.back() != ')' && s.back() != '>')
        s.remove_suffix(1);
    return s;
}

/// Cuts a parameter list at the end.
std::string_view without_parameters(std::string_view s) noexcept {
    if (s.empty() || s.back() != ')') return s;
    const auto open = matching_open(s, '(', ')');
    return open == s.npos ? s : s.substr(0, open);
}

/// The identifier at the end of a qualified name, without template arguments.
std::string_view last_identifier(std::string_view s) noexcept {
    if (!s.empty() && s.back() == '>') {
        const auto open = matching_open(s, '<', '>');
        if (open != s.npos) s = s.substr(0, open);
    }
    std::size_t begin = s.size();
    while (begin > 0) {
        const char c = s[begin - 1];
        const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '~';
        if (!is_word) break;
        --begin;
    }
    return s.substr(begin);
}

}  // namespace

std::size_t short_function_name(const char* function, char* out, std::size_t out_bytes) noexcept {
    std::string_view s = function;
    std::string_view prefix;
    // A lambda: GCC says "f(int)::<lambda(int)>", Clang "f(int)::(anonymous class)::operator()(int)
    // const".
    auto lambda = s.find("::<lambda(");
    if (lambda == s.npos) lambda = s.find("::(anonymous class)::operator()");
    if (lambda == s.npos) lambda = s.find("::(lambda at ");
    if (lambda != s.npos) {
        prefix = "lambda in ";
        s = s.substr(0, lambda);
    }
    std::string_view name = last_identifier(without_parameters(without_tail(s)));
    if (name.empty()) name = last_identifier(s);
    if (name.empty()) name = prefix.empty() ? std::string_view{"task"} : std::string_view{"?"};
    std::size_t length = 0;
    for (const std::string_view part : {prefix, name}) {
        for (const char c : part) {
            if (length + 1 < out_bytes) out[length++] = c;
        }
    }
    out[length] = '\0';
    return length;
}

}  // namespace detail
}  // namespace patio
