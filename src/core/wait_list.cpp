// SPDX-License-Identifier: MIT

#include <patio/core/detail/wait_list.hpp>

#include <patio/base/assert.hpp>
#include <patio/core/detail/task_record.hpp>

#include "text.hpp"

namespace patio::detail {

void wait_list::abandon(const char* what) const noexcept {
    text out;
    out << what << " was destroyed while tasks wait for it:";
    const char* separator = " ";
    for (wait_node* node = front(); node != nullptr; node = after(*node)) {
        auto& task = static_cast<task_block&>(*node);
        out << separator << "'" << name_of(task) << "' (" << task.leaf_place.location() << ")";
        separator = ", ";
    }
    out << "; what tasks share must live until they have ended";
    misuse(out.c_str());
}

}  // namespace patio::detail
