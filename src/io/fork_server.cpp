// SPDX-License-Identifier: MIT

#include <patio/io/fork_server.hpp>

#include "forks.hpp"
#include "workers.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace patio {
namespace detail {

namespace {

/// The control socket of this process's server; only valid at this count of forks.
struct server_link {
    int control = -1;
    std::uint32_t fork_count = 0;
};
constinit server_link the_server;

/// Set in the fork server, hence in all workers.
constinit bool is_worker = false;

/// Threads that can hold a lock of the program. Those that an io_uring has in the kernel cannot.
std::size_t count_threads() {
    std::size_t count = 0;
    for (const auto& thread : std::filesystem::directory_iterator{"/proc/self/task"}) {
        std::string name;
        std::getline(std::ifstream{thread.path() / "comm"}, name);
        if (!name.starts_with("iou-")) ++count;
    }
#if defined(__SANITIZE_THREAD__)
    --count;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
    --count;
#endif
#endif
    return count;
}

/// A thread that was joined is listed for some microseconds more: the kernel wakes the joiner
/// before it takes the thread out.
bool is_alone() {
    using namespace std::chrono;
    const auto end_of_patience = steady_clock::now() + milliseconds{50};
    while (count_threads() > 1) {
        if (steady_clock::now() > end_of_patience) return false;
        std::this_thread::sleep_for(milliseconds{1});
    }
    return true;
}

}  // namespace

void refuse_in_worker() {
    if (!is_worker) return;
    throw usage_error{
        "a function in a worker process cannot use process pools itself: return to the program "
        "what is left to do"};
}

void request_worker(file_descriptor line, file_descriptor leash) {
    if (!fork_server::exists()) {
        throw usage_error{"a process_pool was used after its patio::fork_server had ended"};
    }
    const std::array<int, 2> ends{line.value(), leash.value()};
    char byte = 0;
    iovec content{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof ends)> control{};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof ends);
    std::memcpy(CMSG_DATA(rights), ends.data(), sizeof ends);
    while (::sendmsg(the_server.control, &message, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) throw error::from_errno(errno, "asking the fork server for a worker");
    }
}

}  // namespace detail

fork_server::fork_server() : fork_count_{detail::count_of_forks()} {
    detail::refuse_in_worker();
    if (exists()) throw usage_error{"there is a patio::fork_server already: one is enough"};
    if (!detail::is_alone()) {
        throw usage_error{
            "too late for a patio::fork_server: the process has other threads, whose locks would "
            "stay locked in workers; make it the first thing in main, before patio::run()"};
    }
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        throw error::from_errno(errno, "starting a fork server");
    }
    detail::file_descriptor ours{ends[0]};
    detail::file_descriptor theirs{ends[1]};
    const int program = ::getpid();
    detail::flush_output();  // else the workers would write the same once more
    process_ = ::fork();
    if (process_ < 0) throw error::from_errno(errno, "starting a fork server");
    if (process_ == 0) {
        detail::is_worker = true;
        detail::serve_forks(std::move(theirs), program);
    }
    control_ = ours.release();
    detail::the_server = {control_, fork_count_};
}

fork_server::~fork_server() {
    const bool is_ours = fork_count_ == detail::count_of_forks();
    // Said in words, because a forked child may hold a copy of the socket.
    const char farewell = 0;
    if (is_ours) ::send(control_, &farewell, sizeof farewell, MSG_NOSIGNAL);
    ::close(control_);
    if (!is_ours) return;  // a forked child: the server is its parent's
    detail::the_server = {};
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
}

bool fork_server::exists() noexcept {
    return detail::the_server.control >= 0 &&
           detail::the_server.fork_count == detail::count_of_forks();
}

}  // namespace patio
