// SPDX-License-Identifier: MIT

#include <patio/io/process_pool.hpp>

#include "forks.hpp"
#include "open_file.hpp"
#include "stream_calls.hpp"
#include "workers.hpp"

#include <patio/base/assert.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/semaphore.hpp>
#include <patio/core/timeout.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <sys/wait.h>

namespace patio {

process_pool_full::~process_pool_full() = default;
const char* process_pool_full::what() const noexcept {
    return "the process pool lets no more functions wait";
}

remote_exception::~remote_exception() = default;

// --- worker_died

namespace {

std::string describe_end(int process, int status) {
    const std::string worker = "worker process " + std::to_string(process);
    if (status == -1) return "the fork server has ended, and the worker with it";
    if (!WIFSIGNALED(status))
        return worker + " exited with status " + std::to_string(WEXITSTATUS(status));
    std::string signal = "signal " + std::to_string(WTERMSIG(status));
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
    if (const char* name = ::sigabbrev_np(WTERMSIG(status))) signal = std::string{"SIG"} + name;
#endif
    return worker + " was ended by " + signal;
}

}  // namespace

worker_died::worker_died(int process, int status)
    : error{errc::worker_died, describe_end(process, status)},
      signal_{status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0},
      exit_status_{status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1} {}
worker_died::~worker_died() = default;

// --- options

process_pool_options::process_pool_options() noexcept
    : workers_max_{std::max(1U, std::thread::hardware_concurrency())} {}

process_pool_options& process_pool_options::workers_max(std::size_t count) noexcept {
    workers_max_ = std::max<std::size_t>(count, 1);
    return *this;
}

process_pool_options& process_pool_options::waiting_max(std::size_t count) noexcept {
    waiting_max_ = count;
    return *this;
}

process_pool_options& process_pool_options::grace(duration limit) noexcept {
    grace_ = limit;
    return *this;
}

process_pool_options& process_pool_options::result_bytes_max(std::size_t count) noexcept {
    result_bytes_max_ = count;
    return *this;
}

namespace detail {

// --- one worker

/// The program's ends of a worker's two sockets. Letting them go kills it.
class worker {
public:
    worker(file_descriptor line, file_descriptor leash)
        : line_{std::move(line)}, leash_{std::move(leash)} {}

    /// Asks the fork server for one.
    static std::unique_ptr<worker> start();

    /// Whether it can take a request: it has not ended, and has said nothing that nobody asked for.
    [[nodiscard]] bool is_idle() const noexcept {
        char byte = 0;
        return ::recv(line_.fd(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) < 0 &&
               errno == EAGAIN;
    }
    void send_signal(std::int32_t number) const noexcept {
        // It fails only if the fork server is gone, and the worker with it.
        ::send(leash_.fd(), &number, sizeof number, MSG_NOSIGNAL | MSG_DONTWAIT);
    }

    /// **Returns** false if the worker has ended before. **Cancel** some of it may be on its way.
    async<bool> send(const request_header& header, byte_view arguments);
    async<bool> receive(byte_span target);
    /// Waits for its end. **Cancel** it can be asked for again.
    async<worker_notice> wait_for_end();

private:
    open_file line_;
    open_file leash_;
};

namespace {

struct socket_pair {
    file_descriptor ours;
    file_descriptor theirs;

    explicit socket_pair(int type) {
        int ends[2];
        if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
            throw error::from_errno(errno, "starting a worker process");
        }
        ours = file_descriptor{ends[0]};
        theirs = file_descriptor{ends[1]};
    }
};

}  // namespace

std::unique_ptr<worker> worker::start() {
    socket_pair line{SOCK_STREAM};
    socket_pair leash{SOCK_SEQPACKET};
    auto started = std::make_unique<worker>(std::move(line.ours), std::move(leash.ours));
    request_worker(std::move(line.theirs), std::move(leash.theirs));
    return started;
}

async<bool> worker::send(const request_header& header, byte_view arguments) {
    const byte_view parts[]{{&header, sizeof header}, arguments};
    gather_position position{byte_views{parts, std::size(parts)}};
    while (!position.is_at_end()) {
        file_operation sending{line_, fd_direction::out, send_call{position}};
        const std::int64_t count = co_await sending;
        if (count < 0) co_return false;
        position.advance(static_cast<std::size_t>(count));
    }
    co_return true;
}

async<bool> worker::receive(byte_span target) {
    while (!target.empty()) {
        file_operation receiving{line_, fd_direction::in, receive_call{target}};
        const std::int64_t count = co_await receiving;
        if (count <= 0) co_return false;
        target = target.from(static_cast<std::size_t>(count));
    }
    co_return true;
}

async<worker_notice> worker::wait_for_end() {
    worker_notice notice;
    const byte_span target{&notice, sizeof notice};
    std::int64_t count = 0;
    do {
        file_operation receiving{leash_, fd_direction::in, receive_call{target}};
        count = co_await receiving;
        // ECONNRESET: a signal came too late to be read. It is told once, before the notice.
    } while (count == -ECONNRESET);
    if (count == sizeof notice) co_return notice;
    notice.kind = notice_kind::ended;  // no server, no worker
    notice.value = -1;
    co_return notice;
}

// --- the pool

/// Invariant: every worker is either in `idle_`, or lent to a call, which is in `calls_`, and holds
/// a permit. Counted by the pool and by its calls, which may still be ending when the pool has
/// gone. The loop's thread only.
class process_pool_core {
public:
    explicit process_pool_core(const process_pool_options& options)
        : options_{options}, permits_{options.workers_max_} {
        static_cast<void>(io_driver::of_this_loop());  // fails where there is none that can wait
        loop_number_ = this_loop->number;
    }

    /// One call's hold on the pool.
    class reference {
    public:
        explicit reference(process_pool_core& core) noexcept : core_{&core} { ++core.references_; }
        reference(reference&& other) noexcept : core_{std::exchange(other.core_, nullptr)} {}
        reference& operator=(reference&&) = delete;
        ~reference() {
            if (core_ != nullptr) core_->release();
        }
        process_pool_core* operator->() const noexcept { return core_; }

    private:
        process_pool_core* core_;
    };
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    /// **Fails** if no call can begin now.
    void check() const;
    /// The pool dies.
    void close() noexcept;
    async<process_answer> call(reference self, process_request request);

    [[nodiscard]] bool is_of_this_process() const noexcept {
        return fork_count_ == count_of_forks();
    }
    [[nodiscard]] bool is_on_its_loop() const noexcept {
        return this_loop != nullptr && this_loop->number == loop_number_;
    }
    [[nodiscard]] std::size_t worker_count() const noexcept { return idle_.size() + calls_.size(); }
    [[nodiscard]] std::size_t waiting_count() const noexcept { return permits_.waiting(); }

private:
    /// A call on a worker.
    class loan {
    public:
        explicit loan(process_pool_core& core);
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;
        ~loan() {
            if (with != nullptr) std::erase(core_.calls_, with.get());
        }
        /// The worker may have another one.
        void give_back() noexcept;

        std::unique_ptr<worker> with;
        process_answer answer;
        bool has_answer = false;
        bool is_over = false;  // whatever the worker does now, it is of no use any more
        worker_notice end;     // if there is no answer

    private:
        process_pool_core& core_;
    };

    ~process_pool_core() = default;
    [[nodiscard]] std::unique_ptr<worker> take_worker();
    async<> exchange(const process_request& request, loan& on);
    async<> settle(loan& on);

    const process_pool_options options_;
    const std::uint32_t fork_count_ = count_of_forks();
    std::uint32_t loop_number_ = 0;
    semaphore permits_;
    std::vector<std::unique_ptr<worker>> idle_;
    std::vector<const worker*> calls_;
    std::size_t references_ = 1;
    bool is_closed_ = false;
};

void process_pool_core::check() const {
    refuse_in_worker();
    if (!is_of_this_process()) {
        throw usage_error{"a process_pool was used in the child of a fork: make another one there"};
    }
    if (!is_on_its_loop()) {
        throw usage_error{
            "a process_pool was used on another loop than the one that it belongs to"};
    }
    if (is_closed_) throw error{errc::closed, "running a function in a process pool"};
    if (permits_.locked() && permits_.waiting() >= options_.waiting_max_) throw process_pool_full{};
}

void process_pool_core::close() noexcept {
    is_closed_ = true;
    idle_.clear();
    for (const worker* lent : calls_)
        lent->send_signal(SIGKILL);
    // Everybody who waits goes on and finds the pool closed.
    const std::size_t waiting = permits_.waiting();
    if (waiting > 0) permits_.release(waiting);
}

std::unique_ptr<worker> process_pool_core::take_worker() {
    while (!idle_.empty()) {
        std::unique_ptr<worker> last = std::move(idle_.back());  // its memory is warm
        idle_.pop_back();
        if (last->is_idle()) return last;
    }
    return worker::start();
}

process_pool_core::loan::loan(process_pool_core& core) : core_{core} {
    const std::size_t count = core.worker_count() + 1;
    core.idle_.reserve(count);  // so that giving it back cannot fail
    core.calls_.reserve(count);
    with = core.take_worker();
    core.calls_.push_back(with.get());
}

void process_pool_core::loan::give_back() noexcept {
    std::erase(core_.calls_, with.get());
    core_.idle_.push_back(std::move(with));
}

async<process_answer> process_pool_core::call(reference self, process_request request) {
    self->check();
    const semaphore_permit permit = co_await permits_.acquire();
    if (is_closed_) throw error{errc::closed, "waiting for a worker process"};
    if (is_being_cancelled()) co_await yield();  // is unwound here, before anything has begun
    loan on{*this};
    const auto cleanup = [&]() -> async<> { return settle(on); };
    async<> body = exchange(request, on);
    co_await finally(std::move(body), cleanup);
    if (on.has_answer) co_return std::move(on.answer);
    if (is_closed_) throw error{errc::closed, "running a function in a worker process"};
    if (on.end.kind == notice_kind::failed) {
        throw error::from_errno(on.end.value, "starting a worker process");
    }
    throw worker_died{on.end.process, on.end.value};
}

async<> process_pool_core::exchange(const process_request& request, loan& on) {
    const request_header header{request.invoker, request.arguments.size()};
    answer_header told;
    const byte_span told_bytes{&told, sizeof told};
    bool is_told = co_await on.with->send(header, request.arguments);
    if (is_told) is_told = co_await on.with->receive(told_bytes);
    if (!is_told) {
        on.is_over = true;
        co_return;
    }
    if (told.size > options_.result_bytes_max_) {
        on.is_over = true;
        throw limit_exceeded{"result_bytes_max", options_.result_bytes_max_};
    }
    on.answer.kind = static_cast<std::uint64_t>(told.kind);
    on.answer.bytes.resize(static_cast<std::size_t>(told.size));
    on.has_answer = co_await on.with->receive(on.answer.bytes);
    on.is_over = !on.has_answer;
}

/// After an exchange, however it ended: the worker is idle again, or has ended.
async<> process_pool_core::settle(loan& on) {
    if (on.has_answer) {
        if (!is_closed_) on.give_back();
        co_return;
    }
    on.with->send_signal(on.is_over || is_closed_ ? SIGKILL : SIGTERM);
    const auto in_time = co_await move_on_after(options_.grace_, on.with->wait_for_end());
    if (in_time) {
        on.end = *in_time;
        co_return;
    }
    on.with->send_signal(SIGKILL);
    on.end = co_await on.with->wait_for_end();
}

async<process_answer> call_worker(process_pool_core& core, process_request request) {
    return core.call(process_pool_core::reference{core}, std::move(request));
}

namespace {

std::error_code make_code(int value, code_category category) noexcept {
    switch (category) {
        case code_category::generic:
            return {value, std::generic_category()};
        case code_category::system:
            return {value, std::system_category()};
        case code_category::patio:
            return {value, error_category()};
        case code_category::none:
            break;
    }
    return {};
}

}  // namespace

void check_answer(const process_answer& answer) {
    if (answer.kind == static_cast<std::uint64_t>(answer_kind::value)) return;
    bytes_reader from{answer.bytes};
    const auto type_name = from.read<std::string>();
    const auto what = from.read<std::string>();
    const auto code = from.read<int>();
    const auto category = from.read<code_category>();
    throw remote_exception{type_name.c_str(), what.c_str(), make_code(code, category)};
}

}  // namespace detail

// --- process_pool

process_pool::process_pool(process_pool_options options) {
    detail::refuse_in_worker();
    if (!fork_server::exists()) {
        throw usage_error{
            "a process_pool needs a fork server: make a patio::fork_server the first thing in "
            "main, before patio::run()"};
    }
    core_ = new detail::process_pool_core{options};
}

process_pool::~process_pool() {
    if (!core_->is_of_this_process()) return;  // a forked child: workers and loop are its parent's
    PATIO_ASSERT(
        core_->is_on_its_loop(),
        "a process_pool was destroyed elsewhere than on its loop, or after that had ended");
    core_->close();
    core_->release();
}

std::size_t process_pool::worker_count() const noexcept { return core_->worker_count(); }
std::size_t process_pool::waiting_count() const noexcept { return core_->waiting_count(); }

}  // namespace patio
