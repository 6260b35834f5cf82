// SPDX-License-Identifier: MIT
#pragma once

// Functions in other processes, awaited by tasks.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/base/duration.hpp>
#include <patio/base/shared_text.hpp>
#include <patio/core/error.hpp>
#include <patio/io/bytes_codec.hpp>
#include <patio/io/detail/process_call.hpp>
#include <patio/io/fork_server.hpp>

#include <cstddef>
#include <exception>
#include <system_error>
#include <type_traits>
#include <utility>

namespace patio {

/// More functions were given to a pool than it lets wait.
class PATIO_EXPORT process_pool_full : public std::exception {
public:
    process_pool_full() noexcept = default;
    process_pool_full(const process_pool_full&) noexcept = default;
    process_pool_full& operator=(const process_pool_full&) noexcept = default;
    ~process_pool_full() override;
    [[nodiscard]] const char* what() const noexcept override;
};

/// The function threw in its process. The exception itself stayed there; this is what it said.
class PATIO_EXPORT remote_exception : public std::exception {
public:
    remote_exception(const char* type_name, const char* what, std::error_code code) noexcept
        : type_name_{type_name}, what_{what}, code_{code} {}
    remote_exception(const remote_exception&) noexcept = default;
    remote_exception& operator=(const remote_exception&) noexcept = default;
    ~remote_exception() override;

    /// The text of the exception's what().
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
    /// The type as it is written in a program: "std::out_of_range".
    [[nodiscard]] const char* type_name() const noexcept { return type_name_.c_str(); }
    /// Of a std::system_error, hence also of a `patio::error`, if its category is the generic one,
    /// the system's or Patio's; zero for all others.
    [[nodiscard]] std::error_code code() const noexcept { return code_; }

private:
    shared_text type_name_;
    shared_text what_;
    std::error_code code_;
};

/// The process ended while it ran the function: it crashed, was killed, or called exit.
/// Its code is `errc::worker_died`.
class PATIO_EXPORT worker_died : public error {
public:
    /// `status`: as wait(2) gives it; -1 if it is not known.
    worker_died(int process, int status);
    worker_died(const worker_died&) noexcept = default;
    worker_died& operator=(const worker_died&) noexcept = default;
    ~worker_died() override;

    /// The signal that ended it, or 0.
    [[nodiscard]] int signal() const noexcept { return signal_; }
    /// What it called exit with, or -1.
    [[nodiscard]] int exit_status() const noexcept { return exit_status_; }

private:
    int signal_;
    int exit_status_;
};

/// How a pool behaves. Each setter changes one thing and returns the object.
class PATIO_EXPORT process_pool_options {
public:
    process_pool_options() noexcept;

    /// At most this many workers; as many as the machine runs threads by default. Zero is one.
    process_pool_options& workers_max(std::size_t count) noexcept;
    /// At most this many functions wait for a worker; one more fails with `process_pool_full`.
    /// Unlimited by default.
    process_pool_options& waiting_max(std::size_t count) noexcept;
    /// How long the worker of a cancelled task has after SIGTERM before it gets SIGKILL. 1 s by
    /// default.
    process_pool_options& grace(duration limit) noexcept;
    /// A result of more bytes fails with `limit_exceeded`. 1 GiB by default.
    process_pool_options& result_bytes_max(std::size_t count) noexcept;

private:
    friend class detail::process_pool_core;
    std::size_t workers_max_;
    std::size_t waiting_max_ = static_cast<std::size_t>(-1);
    std::size_t result_bytes_max_ = std::size_t{1} << 30U;
    duration grace_ = duration::seconds(1);
};

/// Runs functions in processes of their own: they can crash, leak and block, and share nothing with
/// the program.
///
/// ```
/// int main() {
///     patio::fork_server server;
///     patio::run(program());
/// }
/// patio::async<> program() {
///     patio::process_pool pool;
///     std::vector<double> roots = co_await pool.run(solve, coefficients);
/// }
/// ```
///
/// Workers are forked from the `fork_server` when they are needed, kept for further functions, and
/// replaced when they have died. What a function leaves in global variables is there for the next
/// one on the same worker.
///
/// **Use** it for code that may crash or cannot be stopped otherwise, and for libraries that do not
/// stand threads. Where sharing memory is fine, take a `thread_pool`: nothing is copied there.
/// **Fails** when it is made: with usage_error if there is no `fork_server`, outside of a running
/// loop, in virtual time, and in a worker.
/// **Threads** belongs to the loop on which it was made.
/// **Order** functions begin in the order in which they were awaited.
/// **Cost** of a call: two switches between processes, copies of the arguments and the result. Of a
/// worker: a fork of what the program was when the fork server was made, two descriptors.
class PATIO_EXPORT process_pool {
public:
    explicit process_pool(process_pool_options options = {});
    process_pool(const process_pool&) = delete;
    process_pool& operator=(const process_pool&) = delete;
    /// Kills its workers and does not wait for that. Tasks that still wait get `errc::closed`.
    ~process_pool();

    /// Calls `f(args...)` in a worker and gives its result.
    ///
    /// `f` is a function or a lambda without captures. The arguments are converted to the
    /// parameters' types at once, and what they refer to need not live any longer; they and the
    /// result travel as `bytes_codec` says. What `f` prints is written out when it returns.
    ///
    /// **Suspends** always, when awaited.
    /// **Fails** with `remote_exception` if `f` throws; with `worker_died` if its process ends;
    /// with `process_pool_full`; with `limit_exceeded`; with `errc::closed` once the pool is
    /// destroyed; with another `patio::error` if no worker can be started.
    /// **Cancel** a function that has no worker yet is not called. The worker of one that runs gets
    /// SIGTERM, and SIGKILL after the grace time; this returns when it has ended. Processes that
    /// the function has started itself are not touched.
    template <class F, class... Args>
    PATIO_DETAIL_COROUTINE_WRAPPER auto run(F&& f, Args&&... args) {
        using function = std::decay_t<F>;
        static_assert(detail::is_portable_function<function>,
                      "a process_pool runs functions and lambdas without captures: what a lambda "
                      "has captured does not exist in another process, pass it as an argument");
        using call = typename detail::choose_call<function, Args...>::type;
        return detail::receive<typename call::result>(
            detail::call_worker(*core_, call::make(f, args...)));
    }

    /// How many workers it has.
    [[nodiscard]] std::size_t worker_count() const noexcept;
    /// How many functions wait for a worker.
    [[nodiscard]] std::size_t waiting_count() const noexcept;

private:
    detail::process_pool_core* core_;  // counted
};

}  // namespace patio
