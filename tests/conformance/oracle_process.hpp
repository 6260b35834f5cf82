// SPDX-License-Identifier: MIT
#pragma once

// Runs oracle.py on a set of scenario files and sorts out its answer.

#include "scenario.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

/// How a child process ended and what it printed, to both outputs.
struct process_result {
    bool ended_well = false;  ///< status 0, in time
    std::string output;
    std::string complaint;  ///< why it did not end well
};

namespace detail {

/// Reads until the other side closes the pipe; false if that takes too long.
inline bool read_all(int fd, std::chrono::milliseconds limit, std::string& into) {
    const auto give_up = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            give_up - std::chrono::steady_clock::now());
        pollfd readable{fd, POLLIN, 0};
        if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) == 0) {
            return false;
        }
        char buffer[4096];
        const ssize_t count = read(fd, buffer, sizeof buffer);
        if (count == 0) return true;
        if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
        if (count < 0 && errno != EINTR) return false;
    }
}

inline std::string describe(const std::string& program, int status) {
    if (WIFEXITED(status)) {
        return program + " ended with status " + std::to_string(WEXITSTATUS(status));
    }
    return program + " was ended by signal " + std::to_string(WTERMSIG(status));
}

}  // namespace detail

/// Runs a program that is found by PATH, with both of its outputs in one pipe. It is killed when it
/// has not ended after `limit`.
inline process_result run_program(std::vector<std::string> arguments,
                                  std::chrono::milliseconds limit) {
    process_result result;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        result.complaint = std::string{"pipe2: "} + std::strerror(errno);
        return result;
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed != 0) {
        close(ends[0]);
        result.complaint = "cannot run " + arguments[0] + ": " + std::strerror(failed);
        return result;
    }

    const bool in_time = detail::read_all(ends[0], limit, result.output);
    close(ends[0]);
    if (!in_time) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    result.ended_well = in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!in_time) {
        result.complaint = arguments[0] + " did not end in time";
    } else if (!result.ended_well) {
        result.complaint = detail::describe(arguments[0], status);
    }
    return result;
}

/// asyncio's traces of many scenarios: one run of Python for all of them.
class oracle {
public:
    oracle(const std::string& script, const std::vector<std::string>& paths) {
        std::vector<std::string> arguments{"python3", script};
        arguments.insert(arguments.end(), paths.begin(), paths.end());
        const process_result result = run_program(arguments, std::chrono::seconds{60});
        if (!result.ended_well) {
            complaint_ = result.complaint +
                         "; the differential check needs python3 (3.11 or newer)\n" + result.output;
            return;
        }
        std::istringstream stream{result.output};
        lines* current = paths.size() == 1 ? &traces_[paths.front()] : nullptr;
        for (std::string line; std::getline(stream, line);) {
            if (line.starts_with("== ")) {
                current = &traces_[line.substr(3)];
            } else if (current != nullptr) {
                current->push_back(line);
            }
        }
    }

    /// Why there are no traces; empty if there are.
    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    /// The trace of one of the files; empty if there is none.
    [[nodiscard]] lines trace(const std::string& path) const {
        const auto found = traces_.find(path);
        return found == traces_.end() ? lines{} : found->second;
    }

private:
    std::map<std::string, lines> traces_;
    std::string complaint_;
};

/// Two traces as one text: common lines once, the others marked by whose they are.
inline std::string difference(const std::string& left_name, const lines& left,
                              const std::string& right_name, const lines& right) {
    using lengths = std::vector<std::size_t>;
    const std::size_t rows = left.size();
    const std::size_t columns = right.size();
    // common[i][j]: the length of the longest common subsequence of left from i and right from j.
    std::vector<lengths> common(rows + 1, lengths(columns + 1, 0));
    for (std::size_t i = rows; i-- > 0;) {
        for (std::size_t j = columns; j-- > 0;) {
            common[i][j] = left[i] == right[j] ? common[i + 1][j + 1] + 1
                                               : std::max(common[i + 1][j], common[i][j + 1]);
        }
    }
    std::string text = "-: " + left_name + "   +: " + right_name + "\n";
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < rows || j < columns) {
        if (i < rows && j < columns && left[i] == right[j]) {
            text += "  " + left[i] + "\n";
            ++i;
            ++j;
        } else if (i < rows && (j == columns || common[i + 1][j] >= common[i][j + 1])) {
            text += "- " + left[i++] + "\n";
        } else {
            text += "+ " + right[j++] + "\n";
        }
    }
    return text;
}

}  // namespace conformance
