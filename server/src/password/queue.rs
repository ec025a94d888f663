//! Whose password is hashed next. A pure machine: addresses take turns, and within an address the handles.
//!
//! Always true: whoever waits is served after at most one other of each address that waits, and one other
//! of each handle of its own address. A full queue refuses the address that holds the most places.

use std::{collections::VecDeque, net::IpAddr};

use protocol::BeingId;

/// The most that wait for one handle from one address: a person has a few devices.
const OF_HANDLE_MAX: usize = 8;
/// The most that wait at all. Each is a request that is held open.
pub const WAITING_MAX: usize = 256;

/// The handles of an address. Each has a ticket.
type Handles<Ticket> = VecDeque<(BeingId, VecDeque<Ticket>)>;

pub struct FairQueue<Ticket> {
    /// Each has a handle.
    addresses: VecDeque<(IpAddr, Handles<Ticket>)>,
    waiting: usize,
}

impl<Ticket> Default for FairQueue<Ticket> {
    fn default() -> Self {
        Self { addresses: VecDeque::new(), waiting: 0 }
    }
}

impl<Ticket> FairQueue<Ticket> {
    /// Gives back the ticket that does not fit: this one, or one of the address that holds the most.
    pub fn push(&mut self, address: IpAddr, handle: &BeingId, ticket: Ticket) -> Option<Ticket> {
        let held = self.addresses.iter().find(|(of, _)| *of == address);
        let handles = held.map(|(_, handles)| handles);
        let of_handle = handles.and_then(|handles| handles.iter().find(|(of, _)| of == handle));
        if of_handle.is_some_and(|(_, tickets)| tickets.len() >= OF_HANDLE_MAX) {
            return Some(ticket);
        }
        let mut refused = None;
        if self.waiting >= WAITING_MAX {
            let own = handles.map_or(0, count);
            let most = self.addresses.iter().map(|(_, handles)| count(handles)).max();
            if most.is_none_or(|most| own + 1 >= most) {
                return Some(ticket);
            }
            refused = self.pop_of_the_largest();
        }
        self.waiting += 1;
        let at = self.addresses.iter().position(|(of, _)| *of == address).unwrap_or_else(|| {
            self.addresses.push_back((address, VecDeque::new()));
            self.addresses.len() - 1
        });
        let handles = &mut self.addresses[at].1;
        match handles.iter_mut().find(|(of, _)| of == handle) {
            Some((_, tickets)) => tickets.push_back(ticket),
            None => handles.push_back((handle.clone(), VecDeque::from([ticket]))),
        }
        refused
    }

    pub fn pop(&mut self) -> Option<Ticket> {
        let (address, mut handles) = self.addresses.pop_front()?;
        let (handle, mut tickets) = handles.pop_front()?;
        let ticket = tickets.pop_front()?;
        self.waiting -= 1;
        if !tickets.is_empty() {
            handles.push_back((handle, tickets));
        }
        if !handles.is_empty() {
            self.addresses.push_back((address, handles));
        }
        Some(ticket)
    }

    pub fn waiting(&self) -> usize {
        self.waiting
    }

    fn pop_of_the_largest(&mut self) -> Option<Ticket> {
        let largest = (0..self.addresses.len()).max_by_key(|at| count(&self.addresses[*at].1))?;
        let handles = &mut self.addresses[largest].1;
        let fullest = (0..handles.len()).max_by_key(|at| handles[*at].1.len())?;
        let ticket = handles[fullest].1.pop_back();
        self.waiting -= usize::from(ticket.is_some());
        if handles[fullest].1.is_empty() {
            handles.remove(fullest);
        }
        ticket
    }
}

fn count<Ticket>(handles: &Handles<Ticket>) -> usize {
    handles.iter().map(|(_, tickets)| tickets.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn handle(number: usize) -> BeingId {
        format!("@h{number}").parse().expect("an id")
    }

    #[test]
    fn addresses_take_turns_and_within_one_the_handles() {
        let mut queue = FairQueue::default();
        for (of, handle_of, tickets) in [(1, 1, 3), (1, 2, 2), (2, 1, 1), (3, 3, 1)] {
            for n in 0..tickets {
                let ticket = format!("{of}/{handle_of}/{n}");
                assert_eq!(queue.push(address(of), &handle(handle_of), ticket), None);
            }
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, ["1/1/0", "2/1/0", "3/3/0", "1/2/0", "1/1/1", "1/2/1", "1/1/2"]);
        assert_eq!(queue.waiting(), 0);
    }

    #[test]
    fn a_crowd_takes_its_own_places_and_nobody_elses() {
        let mut queue = FairQueue::default();
        let mut refused = 0;
        for n in 0..10 * WAITING_MAX {
            refused += usize::from(queue.push(address(1), &handle(n), n).is_some());
        }
        assert_eq!((queue.waiting(), refused), (WAITING_MAX, 9 * WAITING_MAX));
        // Another address has room, at the crowd's cost, and its turn is the second at the latest.
        let given_back = queue.push(address(2), &handle(0), usize::MAX);
        assert!(given_back.is_some_and(|ticket| ticket < WAITING_MAX));
        assert_eq!(queue.waiting(), WAITING_MAX);
        assert!([queue.pop(), queue.pop()].contains(&Some(usize::MAX)));
    }

    #[test]
    fn a_handle_has_so_many_places_and_leaves_the_others_of_its_address_theirs() {
        let mut queue = FairQueue::default();
        for n in 0..2 * OF_HANDLE_MAX {
            assert_eq!(queue.push(address(1), &handle(1), n).is_some(), n >= OF_HANDLE_MAX);
        }
        assert_eq!(queue.push(address(1), &handle(2), 100), None);
        assert_eq!((queue.pop(), queue.pop()), (Some(0), Some(100)));
    }
}
