// SPDX-License-Identifier: MIT

#include <patio/sql/row.hpp>

namespace patio::sql {

std::size_t row::index_of(std::string_view name) const {
    std::size_t found = size();
    for (std::size_t index = 0; index < size(); ++index) {
        if ((*names_)[index] != name) continue;
        if (found < size()) {
            throw conversion_error{"the row has several columns named '" + std::string{name} +
                                   "': ask by number, or rename with AS"};
        }
        found = index;
    }
    if (found < size()) return found;
    std::string all;
    for (std::size_t index = 0; index < size(); ++index)
        all += (index == 0 ? "'" : ", '") + (*names_)[index] + "'";
    throw conversion_error{"the row has no column '" + std::string{name} +
                           "', but: " + (all.empty() ? "none" : all)};
}

void row::fail_index(std::size_t index) const {
    throw conversion_error{"the row has no column " + std::to_string(index) + ", but " +
                           std::to_string(size()) + " columns, counted from 0"};
}

void row::fail(std::size_t index, const char* wanted) const {
    const value& there = values_[index];
    std::string found = name_of(there.kind());
    // A number says more than its kind: it may just not fit. A text may be a secret.
    if (const std::int64_t* number = there.integer()) {
        found = "the integer " + std::to_string(*number);
    }
    throw conversion_error{(*names_)[index], wanted, found};
}

}  // namespace patio::sql
