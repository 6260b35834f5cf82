// SPDX-License-Identifier: MIT
#pragma once

// Several failures that happened together.

#include <patio/base/config.hpp>
#include <patio/base/shared_text.hpp>

#include <cstddef>
#include <exception>
#include <utility>

namespace patio {

/// What a task group throws: every failure of its children, in the order in which they came, then
/// the body's, unless that is only a child's which the body passed on.
///
/// ```
/// } catch (const patio::exception_group& failures) {
///     auto [timeouts, rest] = failures.split<patio::timed_out>();
///     for (const auto& one : timeouts) log(one.task_name(), one.what());
///     if (!rest.empty()) throw rest;
/// }
/// ```
///
/// **Use** it as one type: `catch (const std::runtime_error&)` around a group does not match, even
/// if each failure in it is one. Catch the group and ask `contains<std::runtime_error>()`, or take
/// them out with `split`; where the group would only be in the way, `gather` throws the first
/// failure as itself.
/// **Cost** copies share the members.
class PATIO_EXPORT exception_group : public std::exception {
public:
    /// One failure, and whose.
    class PATIO_EXPORT member {
    public:
        member(std::exception_ptr error, shared_text task_name) noexcept
            : error_{std::move(error)}, task_name_{std::move(task_name)} {}

        [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
        /// The exception's own `what()`, as long as this member or a copy lives; it says so if the
        /// exception is not a std::exception and has none.
        [[nodiscard]] const char* what() const noexcept;
        /// Empty if it was the body's.
        [[nodiscard]] const char* task_name() const noexcept { return task_name_.c_str(); }

    private:
        std::exception_ptr error_;
        shared_text task_name_;
    };

    exception_group() noexcept = default;
    exception_group(const exception_group& other) noexcept;
    exception_group& operator=(const exception_group& other) noexcept;
    ~exception_group() override;

    /// Adds a failure, before anybody has asked for `what()`. **Fails** with std::bad_alloc.
    void add(std::exception_ptr error, shared_text task_name = {});

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] const member* begin() const noexcept;
    [[nodiscard]] const member* end() const noexcept;
    [[nodiscard]] const member& operator[](std::size_t index) const noexcept {
        return begin()[index];
    }

    /// Two groups: the members that are an `E`, and the others. Members that are groups themselves
    /// are split too, so that `rest` holds no `E` at any depth.
    template <class E>
    [[nodiscard]] std::pair<exception_group, exception_group> split() const;

    /// Whether a member, at any depth, is an `E`.
    template <class E>
    [[nodiscard]] bool contains() const {
        return !split<E>().first.empty();
    }

    /// Lists all members with their task names, types and texts, one a line, groups indented.
    [[nodiscard]] const char* what() const noexcept override;

private:
    struct state;
    state* state_ = nullptr;  // counted
};

template <class E>
std::pair<exception_group, exception_group> exception_group::split() const {
    std::pair<exception_group, exception_group> result;
    for (const member& one : *this) {
        try {
            std::rethrow_exception(one.error());
        } catch (const E&) {
            result.first.add(one.error(), shared_text{one.task_name()});
        } catch (const exception_group& inner) {
            auto [matching, rest] = inner.split<E>();
            const shared_text name{one.task_name()};
            if (!matching.empty()) result.first.add(std::make_exception_ptr(matching), name);
            if (!rest.empty()) result.second.add(std::make_exception_ptr(rest), name);
        } catch (...) {
            result.second.add(one.error(), shared_text{one.task_name()});
        }
    }
    return result;
}

}  // namespace patio
