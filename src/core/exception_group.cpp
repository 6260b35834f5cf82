// SPDX-License-Identifier: MIT

#include <patio/core/exception_group.hpp>

#include <patio/core/outcome.hpp>

#include "text.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace patio {

struct exception_group::state {
    unsigned refs = 1;
    std::vector<member> members;
    std::once_flag is_described;
    std::string what;
};

namespace {

std::string describe(const std::vector<exception_group::member>& members) {
    text out;
    out << std::uint64_t{members.size()} << (members.size() == 1 ? " failure" : " failures")
        << " in a task group";
    for (const auto& one : members) {
        out << "\n  ";
        if (*one.task_name() != '\0') {
            out << "task '" << one.task_name() << "': ";
        } else {
            out << "body: ";
        }
        for (const char c : text_of(one.error())) {  // nested groups stand deeper
            const char part[2] = {c, '\0'};
            out << part;
            if (c == '\n') out << "  ";
        }
    }
    return out.str();
}

}  // namespace

const char* detail::what_of(const std::exception_ptr& error) noexcept {
    if (!error) return "no exception";
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& same) {
        return same.what();  // the same object, which `error` keeps alive
    } catch (...) {
        return "not a std::exception";
    }
}

const char* exception_group::member::what() const noexcept { return detail::what_of(error_); }

exception_group::exception_group(const exception_group& other) noexcept
    : std::exception{other}, state_{other.state_} {
    if (state_ != nullptr) __atomic_add_fetch(&state_->refs, 1U, __ATOMIC_RELAXED);
}

exception_group& exception_group::operator=(const exception_group& other) noexcept {
    exception_group copy{other};
    std::swap(state_, copy.state_);
    return *this;
}

exception_group::~exception_group() {
    if (state_ != nullptr && __atomic_sub_fetch(&state_->refs, 1U, __ATOMIC_ACQ_REL) == 0) {
        delete state_;
    }
}

void exception_group::add(std::exception_ptr error, shared_text task_name) {
    if (state_ == nullptr) state_ = new state;
    if (__atomic_load_n(&state_->refs, __ATOMIC_ACQUIRE) > 1) {  // copies keep what they have
        exception_group own;
        own.state_ = new state;
        own.state_->members = state_->members;
        std::swap(state_, own.state_);
    }
    state_->members.emplace_back(std::move(error), std::move(task_name));
}

std::size_t exception_group::size() const noexcept {
    return state_ != nullptr ? state_->members.size() : 0;
}
const exception_group::member* exception_group::begin() const noexcept {
    return state_ != nullptr ? state_->members.data() : nullptr;
}
const exception_group::member* exception_group::end() const noexcept { return begin() + size(); }

const char* exception_group::what() const noexcept {
    if (state_ == nullptr) return "an empty exception group";
    try {
        std::call_once(state_->is_described, [&] { state_->what = describe(state_->members); });
    } catch (...) {
        return "several failures in a task group";
    }
    return state_->what.c_str();
}

}  // namespace patio
