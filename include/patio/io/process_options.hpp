// SPDX-License-Identifier: MIT
#pragma once

// What program to start, and with what around it.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/stream.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace patio {

namespace detail {
struct spawn_request;
}

/// Where one of a process's three standard streams leads.
class PATIO_EXPORT redirect {
public:
    /// To where this program's leads.
    [[nodiscard]] static redirect inherit() { return redirect{kind::inherit}; }
    /// To nowhere: reading ends at once, what is written is dropped.
    [[nodiscard]] static redirect null() { return redirect{kind::null}; }
    /// To this program: see `process::std_in()`, `std_out()` and `std_err()`.
    [[nodiscard]] static redirect pipe() { return redirect{kind::pipe}; }
    /// From a file, for standard input; it must exist.
    [[nodiscard]] static redirect from_file(std::string path) {
        return redirect{kind::input_file, std::move(path)};
    }
    /// Into a file, which is made, or emptied if it exists.
    [[nodiscard]] static redirect to_file(std::string path) {
        return redirect{kind::output_file, std::move(path)};
    }
    /// Into a file, which is made if it does not exist, behind what it has.
    [[nodiscard]] static redirect append_to_file(std::string path) {
        return redirect{kind::append_file, std::move(path)};
    }
    /// To a descriptor of this program. **Borrows** it until the process has started.
    [[nodiscard]] static redirect descriptor(int fd) {
        redirect to{kind::descriptor};
        to.fd_ = fd;
        return to;
    }
    /// For standard error: to where standard output leads (the shell's 2>&1).
    [[nodiscard]] static redirect to_std_out() { return redirect{kind::std_out}; }

private:
    friend struct detail::spawn_request;
    enum class kind : std::uint8_t {
        inherit,
        null,
        pipe,
        input_file,
        output_file,
        append_file,
        descriptor,
        std_out,
    };
    explicit redirect(kind to, std::string path = {}) : path_{std::move(path)}, kind_{to} {}

    std::string path_;
    int fd_ = -1;
    kind kind_;
};

/// A program, its arguments and its surroundings. Each setter changes one thing and returns the
/// object.
///
/// ```
/// patio::process_options sorting{"sort", "-n"};
/// sorting.std_in(patio::redirect::pipe()).std_out(patio::redirect::to_file("sorted"));
/// ```
///
/// The arguments are given to the program as they are; no shell looks at them. For those who want
/// one there is `shell`.
class PATIO_EXPORT process_options {
public:
    /// The program, searched in PATH (of the environment that the process gets) if it has no slash,
    /// and its arguments.
    template <std::convertible_to<std::string>... More>
    explicit process_options(std::string program, More&&... more) {
        arguments_.reserve(1 + sizeof...(More));
        arguments_.push_back(std::move(program));
        (arguments_.emplace_back(std::forward<More>(more)), ...);
    }
    /// The same as a list, whose first is the program.
    explicit process_options(std::vector<std::string> arguments)
        : arguments_{std::move(arguments)} {}

    /// Adds an argument.
    process_options& argument(std::string text) {
        arguments_.push_back(std::move(text));
        return *this;
    }
    /// Sets one variable of the environment, beside those of this program.
    process_options& environment(std::string name, std::string value) {
        variables_.push_back(variable{std::move(name), std::move(value), true});
        return *this;
    }
    /// Takes one away.
    process_options& unset_environment(std::string name) {
        variables_.push_back(variable{std::move(name), {}, false});
        return *this;
    }
    /// Gives it no variables but those that are set here.
    process_options& empty_environment() {
        inherits_environment_ = false;
        return *this;
    }
    /// The directory that it starts in. A program with a relative path is searched there.
    process_options& directory(std::string path) {
        directory_ = std::move(path);
        return *this;
    }
    process_options& std_in(redirect to) {
        in_ = std::move(to);
        return *this;
    }
    process_options& std_out(redirect to) {
        out_ = std::move(to);
        return *this;
    }
    process_options& std_err(redirect to) {
        err_ = std::move(to);
        return *this;
    }
    /// Puts it into a process group of its own: Ctrl-C does not reach it, and what ends it here
    /// (`terminate`, `kill`, a cancellation) ends whatever it has started in that group as well.
    process_options& own_group() {
        group_ = group::own_group;
        return *this;
    }
    /// Puts it into a session of its own, which is a group of its own without a terminal.
    process_options& own_session() {
        group_ = group::own_session;
        return *this;
    }
    /// How long it may take to end after SIGTERM, before it is killed. 5 s by default.
    process_options& grace(duration length) {
        grace_ = length;
        return *this;
    }
    /// How its streams buffer; `stream_limits::all_bytes_max` bounds what `communicate` collects.
    process_options& limits(stream_limits limits) {
        limits_ = limits;
        return *this;
    }

    [[nodiscard]] const std::vector<std::string>& arguments() const noexcept { return arguments_; }

private:
    friend struct detail::spawn_request;
    enum class group : std::uint8_t { inherit, own_group, own_session };
    struct variable {
        std::string name;
        std::string value;
        bool is_set;
    };

    std::vector<std::string> arguments_;
    std::vector<variable> variables_;
    std::string directory_;
    redirect in_ = redirect::inherit();
    redirect out_ = redirect::inherit();
    redirect err_ = redirect::inherit();
    duration grace_ = duration::seconds(5);
    stream_limits limits_;
    group group_ = group::inherit;
    bool inherits_environment_ = true;
};

/// A command line for /bin/sh, with pipes, globs and all that a shell does.
///
/// Whatever is pasted into the text is read by the shell, too: a file name with a semicolon is two
/// commands. Give what comes from elsewhere as arguments, `shell("wc -l \"$1\"").argument("sh")
/// .argument(name)`, or use no shell.
[[nodiscard]] inline process_options shell(std::string command) {
    return process_options{"/bin/sh", "-c", std::move(command)};
}

}  // namespace patio
