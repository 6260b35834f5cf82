// SPDX-License-Identifier: MIT

// What runs in the fork server and in its workers. Neither returns to the program: they end with
// _exit(2), so no destructor and no handler of the program runs twice.

#include "workers.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <system_error>
#include <vector>

#include <cxxabi.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace patio::detail {

namespace {

// --- both

/// Ends this process when its parent does, even by SIGKILL.
void live_no_longer_than(pid_t parent) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it was faster
}

void close_range(unsigned first, unsigned last) noexcept {
    if (first > last || ::syscall(SYS_close_range, first, last, 0U) == 0) return;
    rlimit limit{};  // Linux before 5.9, or a container that does not know the call
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const auto end = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 1U << 20U));
    for (unsigned fd = first; fd <= last && fd < end; ++fd)
        ::close(static_cast<int>(fd));
}

/// Closes every descriptor but one and the three standard ones.
void keep_only(int kept) noexcept {
    constexpr unsigned first = STDERR_FILENO + 1;
    const auto one = static_cast<unsigned>(kept);
    if (one > first) close_range(first, one - 1);
    close_range(std::max(one + 1, first), ~0U);
}

/// What the program has said about signals holds for its own process. Faults stay with a handler
/// that prints a stack.
void forget_signal_handlers() noexcept {
    constexpr std::array faults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    for (int number = 1; number < NSIG; ++number) {
        if (std::find(faults.begin(), faults.end(), number) != faults.end()) continue;
        struct sigaction action{};
        if (::sigaction(number, nullptr, &action) != 0) continue;
        const bool is_handled = (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_IGN;
        if (is_handled || number == SIGCHLD || number == SIGTERM) ::signal(number, SIG_DFL);
    }
}

/// Blocked in the server, which ends when the program does. Not ignored: a worker would ignore them
/// as well at first, and a SIGTERM in its first moments would be lost.
constexpr std::array signals_for_the_program{SIGINT, SIGQUIT, SIGTERM, SIGHUP};

// --- the server

/// The parent of all workers. Has one thread and only ever waits in poll(2).
class server {
public:
    explicit server(file_descriptor control) noexcept : control_{std::move(control)} {}
    [[noreturn]] void serve() noexcept;

private:
    struct worker {
        pid_t process;
        file_descriptor line;   // a copy of the worker's end: see reap()
        file_descriptor leash;  // none once the pool has let go
    };

    void take_request() noexcept;
    void start_worker(file_descriptor line, file_descriptor leash) noexcept;
    [[noreturn]] void become_worker(int line, pid_t parent) const noexcept;
    void reap() noexcept;
    static void obey(worker& of) noexcept;
    [[noreturn]] void end() noexcept;

    file_descriptor control_;
    file_descriptor deaths_;  // signalfd(2) of SIGCHLD: one thread, so nothing can go amiss
    std::vector<worker> workers_;
};

void server::serve() noexcept {
    sigset_t child_ended;
    ::sigemptyset(&child_ended);
    ::sigaddset(&child_ended, SIGCHLD);
    sigset_t blocked = child_ended;
    for (const int number : signals_for_the_program)
        ::sigaddset(&blocked, number);
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    deaths_ = file_descriptor{::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!deaths_) ::_exit(1);
    std::vector<pollfd> polled;
    for (;;) {
        polled.assign({pollfd{control_.value(), POLLIN, 0}, pollfd{deaths_.value(), POLLIN, 0}});
        for (const worker& each : workers_)
            polled.push_back(pollfd{each.leash.value(), POLLIN, 0});
        if (::poll(polled.data(), polled.size(), -1) < 0) {
            if (errno == EINTR) continue;
            end();
        }
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            if (polled[i + 2].revents != 0) obey(workers_[i]);
        }
        if (polled[1].revents != 0) reap();
        if (polled[0].revents != 0) take_request();
    }
}

/// One message with two descriptors asks for a worker. Anything else is the end.
void server::take_request() noexcept {
    std::array<int, 2> ends{-1, -1};
    char byte = 0;
    iovec content{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof ends)> control{};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(control_.value(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    const cmsghdr* rights = CMSG_FIRSTHDR(&message);
    if (count <= 0 || rights == nullptr) {
        if (count <= 0 || (message.msg_flags & MSG_CTRUNC) == 0) end();
        return;  // no descriptor was left here: the pool sees the ends close
    }
    std::memcpy(ends.data(), CMSG_DATA(rights),
                std::min(sizeof ends, rights->cmsg_len - CMSG_LEN(0)));
    file_descriptor line{ends[0]};
    file_descriptor leash{ends[1]};
    if (line && leash) start_worker(std::move(line), std::move(leash));
}

void server::start_worker(file_descriptor line, file_descriptor leash) noexcept {
    const pid_t self = ::getpid();
    workers_.reserve(workers_.size() + 1);
    const pid_t process = ::fork();
    if (process == 0) become_worker(line.value(), self);
    if (process < 0) {
        const worker_notice notice{notice_kind::failed, 0, errno};
        ::send(leash.value(), &notice, sizeof notice, MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    workers_.push_back(worker{process, std::move(line), std::move(leash)});
}

void server::become_worker(int line, pid_t parent) const noexcept {
    live_no_longer_than(parent);
    ::prctl(PR_SET_NAME, "patio-worker");
    keep_only(line);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    serve_line(line);
}

void server::obey(worker& of) noexcept {
    std::int32_t number = 0;
    const ssize_t count = ::recv(of.leash.value(), &number, sizeof number, MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count == sizeof number) {
        ::kill(of.process, number);  // it is our child and was not reaped: the number is its own
        return;
    }
    of.leash = {};
    ::kill(of.process, SIGKILL);
}

void server::reap() noexcept {
    signalfd_siginfo told{};
    while (::read(deaths_.value(), &told, sizeof told) > 0) {}  // several deaths may be one signal
    for (;;) {
        // It is looked at first and reaped when its line has ended: as long as its number is taken
        // nobody else can have it, and who misses the number finds that the line has ended too.
        siginfo_t death{};
        if (::waitid(P_ALL, 0, &death, WEXITED | WNOHANG | WNOWAIT) != 0 || death.si_pid == 0) {
            return;
        }
        const auto dead =
            std::find_if(workers_.begin(), workers_.end(),
                         [&death](const worker& each) { return each.process == death.si_pid; });
        // Processes that the function has started may hold copies of the line: it ends all the
        // same.
        if (dead != workers_.end()) ::shutdown(dead->line.value(), SHUT_RDWR);
        int status = 0;
        ::waitpid(death.si_pid, &status, 0);
        if (dead == workers_.end()) continue;
        const worker_notice notice{notice_kind::ended, death.si_pid, status};
        if (dead->leash) {
            ::send(dead->leash.value(), &notice, sizeof notice, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        workers_.erase(dead);
    }
}

void server::end() noexcept {
    for (const worker& each : workers_)
        ::kill(each.process, SIGKILL);
    while (::wait(nullptr) > 0 || errno == EINTR) {}
    ::_exit(0);
}

// --- a worker

bool read_all(int line, void* target, std::size_t size) noexcept {
    auto* next = static_cast<std::byte*>(target);
    while (size > 0) {
        const ssize_t count = ::recv(line, next, size, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        next += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

bool write_all(int line, const void* source, std::size_t size) noexcept {
    const auto* next = static_cast<const std::byte*>(source);
    while (size > 0) {
        const ssize_t count = ::send(line, next, size, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        next += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

std::string name_of_current_exception() {
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "foreign exception";
    char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr);
    std::string name = readable != nullptr ? readable : type->name();
    std::free(readable);
    return name;
}

code_category name_of(const std::error_category& category) noexcept {
    if (category == std::generic_category()) return code_category::generic;
    if (category == std::system_category()) return code_category::system;
    if (category == error_category()) return code_category::patio;
    return code_category::none;
}

/// Inside of a catch block.
void write_exception(bytes_writer& to, const char* what, std::error_code code) {
    to.write(name_of_current_exception());
    to.write(std::string{what});
    to.write(code.value());
    to.write(name_of(code.category()));
}

answer_kind call(process_invoker invoker, byte_view bytes, bytes_writer& answer) {
    try {
        bytes_reader arguments{bytes};
        invoker(arguments, answer);
        return answer_kind::value;
    } catch (const std::system_error& error) {
        static_cast<void>(answer.take());
        write_exception(answer, error.what(), error.code());
    } catch (const std::exception& error) {
        static_cast<void>(answer.take());
        write_exception(answer, error.what(), std::error_code{});
    } catch (...) {
        static_cast<void>(answer.take());
        write_exception(answer, "something that is no std::exception", std::error_code{});
    }
    return answer_kind::exception;
}

/// A function that calls exit(3) gets what it has registered itself, not what the program has:
/// handlers run in the reverse order.
void stop_before_the_programs_handlers() noexcept {
#if defined(__GLIBC__)
    ::on_exit(
        [](int status, void*) {
            flush_output();
            ::_exit(status);
        },
        nullptr);
#endif
}

}  // namespace

void flush_output() noexcept {
    std::cout.flush();
    std::clog.flush();
    std::fflush(nullptr);
}

void serve_forks(file_descriptor control, int program) noexcept {
    live_no_longer_than(program);
    ::prctl(PR_SET_NAME, "patio-forks");
    ::setpgid(0, 0);
    forget_signal_handlers();
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    keep_only(control.value());
    server{std::move(control)}.serve();
}

void serve_line(int line) noexcept {
    ::fcntl(line, F_SETFL, 0);  // blocking
    stop_before_the_programs_handlers();
    for (;;) {
        request_header request;
        if (!read_all(line, &request, sizeof request)) ::_exit(0);
        std::vector<std::byte> arguments(request.size);
        if (!read_all(line, arguments.data(), arguments.size())) ::_exit(0);
        bytes_writer answer;
        answer_header header;
        header.kind = call(request.invoker, arguments, answer);
        header.size = answer.bytes().size();
        flush_output();
        if (!write_all(line, &header, sizeof header) ||
            !write_all(line, answer.bytes().data(), answer.bytes().size())) {
            ::_exit(0);
        }
    }
}

}  // namespace patio::detail
