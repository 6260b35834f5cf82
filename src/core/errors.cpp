// SPDX-License-Identifier: MIT

#include <patio/core/errors.hpp>

#include "text.hpp"

namespace patio {

timed_out::~timed_out() = default;
const char* timed_out::what() const noexcept { return "timed out"; }

namespace {

shared_text describe_cancel(const shared_text& reason, const shared_text& by_task,
                            std::source_location where) noexcept {
    text out;
    out << "task was cancelled";
    if (!by_task.empty()) out << " by task '" << by_task.c_str() << "'";
    if (!reason.empty()) out << ": " << reason.c_str();
    if (where.line() != 0) out << " (at " << where << ")";
    return shared_text{out.c_str()};
}

}  // namespace

task_cancelled::task_cancelled(shared_text reason, shared_text by_task,
                               std::source_location where) noexcept
    : reason_{reason},
      by_task_{by_task},
      where_{where},
      what_{describe_cancel(reason, by_task, where)} {}

task_cancelled::~task_cancelled() = default;
const char* task_cancelled::what() const noexcept {
    return what_.empty() ? "task was cancelled" : what_.c_str();
}

group_closed::~group_closed() = default;
const char* group_closed::what() const noexcept {
    return "the task group has ended and takes no more tasks";
}

loop_ended::~loop_ended() = default;
const char* loop_ended::what() const noexcept {
    return "the loop has ended: it runs nothing that is given to it";
}

channel_closed::~channel_closed() = default;
deadlock::~deadlock() = default;
usage_error::~usage_error() = default;

}  // namespace patio
