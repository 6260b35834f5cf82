// SPDX-License-Identifier: MIT

#include "spawn.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace patio::detail {

namespace {

/// A copy of `fd` above the three standard ones, so that putting those in place never overwrites
/// what is still needed.
file_descriptor lift(file_descriptor fd, const std::string& doing) {
    if (fd.value() > STDERR_FILENO) return fd;
    const int lifted = ::fcntl(fd.value(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (lifted < 0) throw error::from_errno(errno, doing);
    return file_descriptor{lifted};
}

file_descriptor open_file_at(const std::string& path, int flags) {
    const std::string doing = "opening '" + path + "' for a process";
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0) throw error::from_errno(errno, doing);
    return lift(file_descriptor{fd}, doing);
}

bool is_program(const std::string& path) noexcept {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
           ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

/// pidfd_open(2), Linux 5.3; glibc has it since 2.36 only. It is closed by execve(2).
file_descriptor open_pidfd(pid_t pid) noexcept {
    return file_descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

/// Whether this is a child of ours that nobody has waited for: else the number is somebody else's.
bool is_our_child(const file_descriptor& pidfd) noexcept {
    siginfo_t ignored{};
    return ::waitid(by_pidfd, static_cast<id_t>(pidfd.value()), &ignored,
                    WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace

/// All that posix_spawn(3) is given.
class spawn_request::preparation {
public:
    explicit preparation(const spawn_request& of)
        : options_{of.options}, doing_{"starting " + of.name()} {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }
    preparation(const preparation&) = delete;
    preparation& operator=(const preparation&) = delete;
    ~preparation() {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }

    spawned run() {
        prepare_environment();
        prepare_signals_and_group();
        spawned result;
        result.in = prepare_stream(options_.in_, STDIN_FILENO);
        result.out = prepare_stream(options_.out_, STDOUT_FILENO);
        result.err = prepare_stream(options_.err_, STDERR_FILENO);
        // Ours are closed by execve(2) anyway; those of other libraries may not be.
        check(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
        if (!options_.directory_.empty()) {
            check(::posix_spawn_file_actions_addchdir_np(&actions_, options_.directory_.c_str()));
        }
        execute(result);
        return result;
    }

private:
    void check(int error_number) const {
        if (error_number != 0) throw error::from_errno(error_number, doing_);
    }

    void prepare_environment() {
        if (options_.inherits_environment_ && environ != nullptr) {
            for (char** entry = environ; *entry != nullptr; ++entry)
                environment_.emplace_back(*entry);
        }
        for (const auto& [name, value, is_set] : options_.variables_) {
            std::erase_if(environment_, [prefix = name + "="](const std::string& entry) {
                return entry.starts_with(prefix);
            });
            if (is_set) environment_.push_back(name + "=" + value);
        }
        for (std::string& entry : environment_)
            environment_pointers_.push_back(entry.data());
        environment_pointers_.push_back(nullptr);
        for (const std::string& argument : options_.arguments_)
            arguments_.push_back(const_cast<char*>(argument.c_str()));  // execve(2) only reads
        arguments_.push_back(nullptr);
    }

    void prepare_signals_and_group() {
        short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        sigset_t none;
        ::sigemptyset(&none);
        check(::posix_spawnattr_setsigmask(&attributes_, &none));
        // All but what nohup(1) and the shell's & ignore on purpose, and mean for children as well.
        // sigfillset(3) leaves out two of glibc's own, which its posix_spawn(3) then ignores.
        sigset_t defaults;
        std::memset(&defaults, 0xff, sizeof defaults);
        for (const int kept : {SIGHUP, SIGINT, SIGQUIT})
            ::sigdelset(&defaults, kept);
        check(::posix_spawnattr_setsigdefault(&attributes_, &defaults));
        if (options_.group_ == process_options::group::own_group) flags |= POSIX_SPAWN_SETPGROUP;
        if (options_.group_ == process_options::group::own_session) flags |= POSIX_SPAWN_SETSID;
        check(::posix_spawnattr_setflags(&attributes_, flags));
    }

    /// **Returns** this program's end of a pipe, if there is one.
    file_descriptor prepare_stream(const redirect& to, int number) {
        const bool is_input = number == STDIN_FILENO;
        switch (to.kind_) {
            case redirect::kind::inherit:
                // A descriptor that is not close-on-exec already; if it is not open, it stays so.
                return {};
            case redirect::kind::null:
                give(open_file_at("/dev/null", is_input ? O_RDONLY : O_WRONLY), number);
                return {};
            case redirect::kind::input_file:
                give(open_file_at(to.path_, O_RDONLY), number);
                return {};
            case redirect::kind::output_file:
                give(open_file_at(to.path_, O_WRONLY | O_CREAT | O_TRUNC), number);
                return {};
            case redirect::kind::append_file:
                give(open_file_at(to.path_, O_WRONLY | O_CREAT | O_APPEND), number);
                return {};
            case redirect::kind::descriptor: {
                const int copy = ::fcntl(to.fd_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
                if (copy < 0) throw error::from_errno(errno, doing_);
                give(file_descriptor{copy}, number);
                return {};
            }
            case redirect::kind::std_out:
                check(::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, number));
                return {};
            case redirect::kind::pipe:
                break;
        }
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw error::from_errno(errno, doing_);
        file_descriptor read_end{ends[0]};
        file_descriptor write_end{ends[1]};
        read_end = lift(std::move(read_end), doing_);
        write_end = lift(std::move(write_end), doing_);
        give(std::move(is_input ? read_end : write_end), number);
        return std::move(is_input ? write_end : read_end);
    }

    void give(file_descriptor fd, int number) {
        check(::posix_spawn_file_actions_adddup2(&actions_, fd.value(), number));
        given_.push_back(std::move(fd));
    }

    /// What execve(2) is to execute. posix_spawnp(3) would search the PATH of this program, where
    /// the process may have been given another one.
    [[nodiscard]] std::string find_program() const {
        const std::string& name = options_.arguments_.front();
        if (name.find('/') != std::string::npos) return name;
        std::string_view path = "/usr/local/bin:/usr/bin:/bin";
        for (const std::string& entry : environment_) {
            if (entry.starts_with("PATH=")) path = std::string_view{entry}.substr(5);
        }
        std::string found_unusable;
        while (true) {
            const std::size_t end = std::min(path.find(':'), path.size());
            std::string directory{path.substr(0, end)};
            if (directory.empty()) directory = ".";
            std::string candidate = directory + "/" + name;
            if (is_program(candidate)) return candidate;
            if (found_unusable.empty() && ::access(candidate.c_str(), F_OK) == 0) {
                found_unusable = std::move(candidate);
            }
            if (end == path.size()) break;
            path.remove_prefix(end + 1);
        }
        // The kernel then says what is wrong with it.
        if (!found_unusable.empty()) return found_unusable;
        throw error::from_errno(ENOENT, doing_);
    }

    void execute(spawned& result) {
        const std::string program = find_program();
        const int failure = ::posix_spawn(&result.pid, program.c_str(), &actions_, &attributes_,
                                          arguments_.data(), environment_pointers_.data());
        if (failure != 0) {
            struct stat about{};
            const std::string& directory = options_.directory_;
            if (!directory.empty() &&
                (::stat(directory.c_str(), &about) != 0 || !S_ISDIR(about.st_mode))) {
                throw error::from_errno(failure, doing_ + " in '" + directory + "'");
            }
            check(failure);
        }
        result.pidfd = open_pidfd(result.pid);
        const int no_pidfd = errno;
        if (result.pidfd && is_our_child(result.pidfd)) return;
        if (!result.pidfd && no_pidfd != ESRCH) {  // no such call, no descriptor left
            ::kill(result.pid, SIGKILL);
            ::waitpid(result.pid, nullptr, 0);
            throw error::from_errno(no_pidfd, doing_ + ": watching it");
        }
        // Somebody else has waited for it: `wait()` will say so. It may have ended as it should.
        result.pidfd = {};
    }

    const process_options& options_;
    std::string doing_;
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
    std::vector<std::string> environment_;
    std::vector<char*> environment_pointers_;
    std::vector<char*> arguments_;
    std::vector<file_descriptor> given_;  // the process's, until it has its copies
};

std::string spawn_request::name() const { return "'" + options.arguments().front() + "'"; }

void spawn_request::check() const {
    if (options.arguments_.empty() || options.arguments_.front().empty()) {
        throw usage_error{"a process needs a program: the first argument"};
    }
    for (const std::string& argument : options.arguments_) {
        if (argument.find('\0') != std::string::npos) {
            throw usage_error{"an argument of a process has a zero byte in it"};
        }
    }
    for (const auto& [name, value, is_set] : options.variables_) {
        if (name.empty() || name.find_first_of(std::string_view{"=\0", 2}) != std::string::npos ||
            value.find('\0') != std::string::npos) {
            throw usage_error{"no variable of the environment can have this name or value"};
        }
    }
    using kind = redirect::kind;
    if (options.in_.kind_ == kind::std_out || options.out_.kind_ == kind::std_out) {
        throw usage_error{"redirect::to_std_out() is for standard error"};
    }
    if (options.in_.kind_ == kind::output_file || options.in_.kind_ == kind::append_file) {
        throw usage_error{"standard input is read: redirect::from_file"};
    }
    for (const redirect* to : {&options.out_, &options.err_}) {
        if (to->kind_ == kind::input_file) {
            throw usage_error{"standard output and error are written: redirect::to_file"};
        }
    }
}

process_options spawn_request::with_pipes(bool has_input) const {
    process_options complete = options;
    const auto replace = [](redirect& to, redirect by) {
        if (to.kind_ == redirect::kind::inherit) to = std::move(by);
    };
    replace(complete.in_, has_input ? redirect::pipe() : redirect::null());
    replace(complete.out_, redirect::pipe());
    replace(complete.err_, redirect::pipe());
    return complete;
}

spawned spawn_request::start() const { return preparation{*this}.run(); }

}  // namespace patio::detail
