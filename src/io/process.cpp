// SPDX-License-Identifier: MIT

#include <patio/io/process.hpp>

#include "open_file.hpp"
#include "pipe_transport.hpp"
#include "spawn.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/io/to_thread.hpp>

#include <cerrno>
#include <csignal>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace patio {
namespace detail {

namespace {

exit_status status_of(const siginfo_t& ended) noexcept {
    if (ended.si_code == CLD_EXITED) return exit_status::exited(ended.si_status);
    if (ended.si_code == CLD_DUMPED) return exit_status::dumped(ended.si_status);
    return exit_status::signalled(ended.si_status);
}

stream read_end_or_none(file_descriptor end, stream_limits limits) {
    return end ? stream_over_read_end(std::move(end), limits) : stream{};
}
stream write_end_or_none(file_descriptor end, stream_limits limits) {
    return end ? stream_over_write_end(std::move(end), limits) : stream{};
}

}  // namespace

/// A process as the object and its operations see it.
///
/// Invariant: it is waited for in the kernel exactly once, by `try_reap`; `status` or `is_lost`
/// says afterwards what came of it. Until then its number is not given to another process, unless
/// it was lost without our noticing.
struct process_state {
    process_state(const spawn_request& request, spawned started)
        : name{request.name()},
          pid{started.pid},
          pidfd{std::move(started.pidfd)},
          grace{request.grace()},
          has_own_group{request.has_own_group()},
          is_lost{!pidfd} {}
    process_state(const process_state&) = delete;
    process_state& operator=(const process_state&) = delete;
    /// Where no loop could do it in time.
    ~process_state() {
        if (try_reap()) return;
        signal_all(SIGKILL);
        siginfo_t ended{};
        while (::waitid(by_pidfd, static_cast<id_t>(pidfd.value()), &ended, WEXITED) != 0 &&
               errno == EINTR) {}
    }

    /// Makes the object. Whatever fails in here, the process is ended.
    static process make(const spawn_request& request, spawned started) {
        file_descriptor in = std::move(started.in);
        file_descriptor out = std::move(started.out);
        file_descriptor err = std::move(started.err);
        process made{std::make_shared<process_state>(request, std::move(started))};
        made.state_->has_in = static_cast<bool>(in);
        made.state_->has_out = static_cast<bool>(out);
        made.state_->has_err = static_cast<bool>(err);
        made.state_->in = write_end_or_none(std::move(in), request.limits());
        made.state_->out = read_end_or_none(std::move(out), request.limits());
        made.state_->err = read_end_or_none(std::move(err), request.limits());
        return made;
    }

    [[nodiscard]] bool has_ended() const noexcept { return status.has_value() || is_lost; }

    /// Takes the status if the process has ended. False if it runs.
    bool try_reap() noexcept {
        if (has_ended()) return true;
        siginfo_t ended{};
        int result = 0;
        do {
            result =
                ::waitid(by_pidfd, static_cast<id_t>(pidfd.value()), &ended, WEXITED | WNOHANG);
        } while (result != 0 && errno == EINTR);
        if (result != 0) {
            is_lost = true;
        } else if (ended.si_pid != 0) {
            status = status_of(ended);
        }
        return has_ended();
    }
    [[nodiscard]] exit_status taken_status() const {
        if (status) return *status;
        throw error::from_errno(ECHILD, "waiting for " + name + " (process " + std::to_string(pid) +
                                            "): its status was taken by somebody else: SIGCHLD is "
                                            "ignored, or other code waits for any child");
    }

    /// **Returns** an errno, or 0; 0 if it has ended.
    int signal_one(int number) noexcept {
        if (try_reap()) return 0;
        const long result = ::syscall(SYS_pidfd_send_signal, pidfd.value(), number, nullptr, 0);
        return result == 0 || errno == ESRCH ? 0 : errno;
    }
    /// To the group, if it has got its own. Its number is the process's, which nobody else can have
    /// while that is not waited for: what `try_reap` has just seen.
    int signal_all(int number) noexcept {
        if (!has_own_group) return signal_one(number);
        if (try_reap()) return 0;
        return ::kill(-pid, number) == 0 || errno == ESRCH ? 0 : errno;
    }
    void ask_to_end() noexcept {
        signal_all(SIGTERM);
        signal_all(SIGCONT);  // one that is stopped would not hear it
    }

    std::string name;
    pid_t pid;
    file_descriptor pidfd;
    duration grace;
    std::optional<exit_status> status;
    stream in;
    stream out;
    stream err;
    event has_no_watcher;
    bool is_watched = false;
    bool has_in = false;  // whether there was a pipe
    bool has_out = false;
    bool has_err = false;
    bool has_own_group;
    bool is_lost;
};

namespace {

using state_ref = std::shared_ptr<process_state>;

void check_sent(const process_state& to, int error_number) {
    if (error_number == 0) return;
    throw error::from_errno(error_number, "sending a signal to " + to.name);
}

/// Reaps, as `file_operation` wants it.
class reap_call {
public:
    explicit reap_call(process_state& of) noexcept : of_{of} {}
    std::int64_t operator()(const fd_state&) const noexcept { return of_.try_reap() ? 0 : -EAGAIN; }

private:
    process_state& of_;
};

/// The one task that waits in the driver; the others wait until it has seen the end or is gone.
class watching {
public:
    explicit watching(process_state& of) noexcept : of_{of} {
        of_.is_watched = true;
        of_.has_no_watcher.clear();
    }
    watching(const watching&) = delete;
    watching& operator=(const watching&) = delete;
    ~watching() {
        of_.is_watched = false;
        of_.has_no_watcher.set();
    }

private:
    process_state& of_;
};

file_descriptor duplicate_pidfd(const process_state& of) {
    const int copy = ::fcntl(of.pidfd.value(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) throw error::from_errno(errno, "waiting for " + of.name);
    return file_descriptor{copy};
}

/// Returns when the process has been waited for, by whomever.
async<> wait_for_end(state_ref of) {
    while (!of->try_reap()) {
        if (of->is_watched) {
            co_await of->has_no_watcher.wait();
            continue;
        }
        const watching here{*of};
        open_file watched{duplicate_pidfd(*of)};
        file_operation ending{watched, fd_direction::in, reap_call{*of}};
        const std::int64_t result = co_await std::move(ending);
        if (result < 0) throw error::from_errno(static_cast<int>(-result), "watching " + of->name);
    }
}

async<exit_status> wait_for_status(state_ref of) {
    co_await wait_for_end(of);
    co_return of->taken_status();
}

/// After SIGTERM: the grace, SIGKILL, and the end.
async<> end_unshielded(state_ref of) {
    co_await move_on_after(of->grace, wait_for_end(of));
    of->signal_all(SIGKILL);
    co_await wait_for_end(of);
}

/// A cancellation waits for it.
async<> end_at_last(state_ref of) { co_await shield(end_unshielded(of)); }

async<exit_status> stop_and_wait(state_ref of) {
    if (!of->try_reap()) {
        of->ask_to_end();
        co_await end_at_last(of);
    }
    co_return of->taken_status();
}

/// The object has gone.
void end_in_background(state_ref of) noexcept {
    of->in.abort();
    of->out.abort();
    of->err.abort();
    if (of->try_reap() || this_loop == nullptr) return;
    try {
        static_cast<void>(io_driver::of_this_loop());
        of->ask_to_end();
        create_task(end_at_last(of)).set_name("the end of a process");
    } catch (...) {  // the loop takes no tasks any more: the last reference kills
    }
}

// --- communicating

async<> write_input(state_ref to, std::string input) {
    if (to->in.is_closed()) {
        if (!input.empty()) throw usage_error{"there is input for a process without a pipe to it"};
        co_return;
    }
    try {
        co_await to->in.write(input);
    } catch (const error& failure) {
        if (failure.code() != std::errc::broken_pipe) throw;  // it has read what it wanted
    }
    co_await to->in.close();
}

async<std::string> read_output(state_ref of, stream process_state::* from) {
    if ((of.get()->*from).is_closed()) co_return std::string{};
    co_return co_await (of.get()->*from).read_all();
}

async<process_output> communicate_with(state_ref of, std::string input) {
    auto all = gather(write_input(of, std::move(input)), read_output(of, &process_state::out),
                      read_output(of, &process_state::err));
    auto results = co_await std::move(all);  // no structured binding: GCC 15 may leak it
    const exit_status status = co_await wait_for_status(of);
    co_return process_output{status, std::move(std::get<1>(results)),
                             std::move(std::get<2>(results))};
}

void check_pipe(bool is_there, const char* message) {
    if (!is_there) throw usage_error{message};
}

}  // namespace

async<> end_process(process& running) {
    try {
        co_await running.stop();
    } catch (const error& failure) {
        if (failure.code() != std::errc::no_child_process) throw;  // it has ended all the same
    }
}

}  // namespace detail

using detail::process_state;

process::process(std::shared_ptr<process_state> state) noexcept : state_{std::move(state)} {}
process::process(process&& other) noexcept = default;
process& process::operator=(process&& other) noexcept {
    if (this != &other) {
        const process old{std::move(*this)};
        state_ = std::move(other.state_);
    }
    return *this;
}
process::~process() {
    if (state_ != nullptr) detail::end_in_background(std::move(state_));
}

int process::pid() const noexcept { return state_->pid; }
async<exit_status> process::wait() { return detail::wait_for_status(state_); }
std::optional<exit_status> process::try_wait() {
    if (!state_->try_reap()) return std::nullopt;
    return state_->taken_status();
}
async<process_output> process::communicate(std::string input) {
    return detail::communicate_with(state_, std::move(input));
}
void process::send_signal(int number) { detail::check_sent(*state_, state_->signal_one(number)); }
void process::terminate() { detail::check_sent(*state_, state_->signal_all(SIGTERM)); }
void process::kill() { detail::check_sent(*state_, state_->signal_all(SIGKILL)); }
async<exit_status> process::stop() { return detail::stop_and_wait(state_); }

stream& process::std_in() {
    detail::check_pipe(state_->has_in,
                       "no pipe leads to this process: process_options::std_in(redirect::pipe())");
    return state_->in;
}
stream& process::std_out() {
    detail::check_pipe(state_->has_out,
                       "no pipe comes from this process's standard output: "
                       "process_options::std_out(redirect::pipe())");
    return state_->out;
}
stream& process::std_err() {
    detail::check_pipe(state_->has_err,
                       "no pipe comes from this process's standard error: "
                       "process_options::std_err(redirect::pipe())");
    return state_->err;
}

// --- starting

async<process> start_process(process_options options) {
    static_cast<void>(detail::io_driver::of_this_loop());
    const detail::spawn_request request{std::move(options)};
    request.check();
    const auto start = [&request] { return request.start(); };
    detail::spawned started = co_await to_thread(start);
    co_return process_state::make(request, std::move(started));
}

namespace detail {

async<process_output> run_to_end(process_options options, std::string input) {
    const spawn_request request{std::move(options)};
    process_options complete = request.with_pipes(!input.empty());
    const auto talk = [&input](process& running) { return running.communicate(std::move(input)); };
    auto running = with_process(std::move(complete), talk);
    co_return co_await std::move(running);
}

}  // namespace detail

}  // namespace patio
