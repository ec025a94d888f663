use std::net::Ipv4Addr;

use super::{opaque_string::forms, *};

fn password(text: &str) -> Password {
    Password::parse(text.to_owned()).expect("a password")
}

fn passwords() -> Passwords {
    Passwords::new(Arc::new(Rng::from_seed(1)))
}

fn attempt(handle: &str) -> Attempt {
    Attempt { address: Ipv4Addr::LOCALHOST.into(), handle: handle.parse().expect("an id") }
}

#[tokio::test]
async fn a_password_is_the_one_that_was_hashed_and_no_other() {
    let (passwords, ada) = (passwords(), attempt("@ada"));
    let hash = passwords.hash(&ada, password("correct horse")).await.expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let verdict = async |text: &str, hash: Option<&str>| {
        passwords.verify(&ada, forms(text), hash.map(str::to_owned)).await.expect("an answer")
    };
    assert_eq!(verdict("correct horse", Some(&hash)).await, Verdict::Right);
    assert_eq!(verdict("correct horsf", Some(&hash)).await, Verdict::Wrong);
    assert_eq!(verdict("correct horse", None).await, Verdict::Wrong);
    let other = passwords.hash(&ada, password("correct horse")).await.expect("a hash");
    assert_ne!(hash, other, "each has a salt of its own");
}

#[tokio::test]
async fn a_hash_of_what_was_typed_fits_and_is_known_for_it() {
    let (passwords, ada) = (passwords(), attempt("@ada"));
    for (hashed, presented, verdict) in [
        ("M\u{fc}nchen 2024", "Mu\u{308}nchen 2024", Verdict::Right),
        ("Mu\u{308}nchen 2024", "Mu\u{308}nchen 2024", Verdict::RightUnprepared),
        ("Mu\u{308}nchen 2024", "M\u{fc}nchen 2024", Verdict::RightUnprepared),
        ("wide\u{3000}open", "wide\u{3000}open", Verdict::RightUnprepared),
        ("wide open", "wide\u{3000}open", Verdict::Right),
        ("tab\tin between", "tab\tin between", Verdict::Right),
    ] {
        let hash = passwords.hash(&ada, password(hashed)).await.expect("a hash");
        let found = passwords.verify(&ada, forms(presented), Some(hash)).await;
        assert_eq!(found, Ok(verdict), "{hashed:?} {presented:?}");
    }
}

/// Hashing takes as long as it is said to here, on a clock that is not the machine's.
#[derive(Clone, Default)]
struct Paced(Arc<Mutex<Pace>>);

#[derive(Default)]
struct Pace {
    hashes: usize,
    running: usize,
    most_at_once: usize,
}

const HASH: Duration = Duration::from_millis(30);

impl Paced {
    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.0.lock().expect("no panic")
    }

    fn begin(&self, hashes: usize) {
        let mut pace = self.pace();
        pace.hashes += hashes;
        pace.running += 1;
        pace.most_at_once = pace.most_at_once.max(pace.running);
    }
}

impl Background for Paced {
    async fn run<T: Send + 'static>(
        &self,
        hashes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let paced = self.clone();
        let running = tokio::spawn(async move {
            paced.begin(hashes);
            tokio::time::sleep(HASH * u32::try_from(hashes).expect("a few")).await;
            paced.pace().running -= 1;
            work()
        });
        running.await
    }
}

fn paced() -> (Arc<Passwords<Paced>>, Paced) {
    let paced = Paced::default();
    let passwords = Passwords::hashing_in(paced.clone(), Arc::new(Rng::from_seed(1)));
    (Arc::new(passwords), paced)
}

/// As many sockets that guess the passwords of handles that nobody has, each a new one every time.
fn crowd(passwords: &Arc<Passwords<Paced>>) -> tokio::task::JoinSet<()> {
    let mut crowd = tokio::task::JoinSet::new();
    for socket in 0..70 {
        let passwords = passwords.clone();
        crowd.spawn(async move {
            for n in 0.. {
                let nobody = attempt(&format!("@n-{socket}-{n}"));
                let answer = passwords.verify(&nobody, forms("a wrong one"), None).await;
                assert_eq!(answer, Ok(Verdict::Wrong));
            }
        });
    }
    crowd
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_more_memory_for_many_than_for_two_at_once() {
    let (passwords, paced) = paced();
    let (ada, hash) = (attempt("@ada"), hash_of(&passwords, "correct horse").await);
    let tries = (0..24).map(|n| {
        let hash = (n % 2 == 0).then(|| hash.clone());
        passwords.verify(&ada, vec![password("a wrong one")], hash)
    });
    for answer in futures::future::join_all(tries).await {
        assert!(matches!(answer, Ok(Verdict::Wrong) | Err(Refusal::SlowDown { .. })));
    }
    // And one for the handle that nobody has.
    assert!(paced.pace().most_at_once <= HASHES_AT_ONCE_MAX + 1);
    assert_eq!(passwords.memory.len(), 0, "nobody hashes any more");
}

/// In hashes, and in the time that they take.
#[tokio::test(start_paused = true)]
async fn a_wrong_password_costs_as_much_whether_or_not_its_handle_exists() {
    let (passwords, paced) = paced();
    let hash = hash_of(&passwords, "correct horse").await;
    for (text, has_crowd) in
        [("a wrong one", false), ("Mu\u{308}nchen 2024", false), ("a wrong one", true)]
    {
        let _crowd = has_crowd.then(|| crowd(&passwords));
        for n in 0..8 {
            // Each at another moment of what the crowd does.
            tokio::time::sleep(Duration::from_millis(7 * n)).await;
            let mut costs = vec![];
            for hash in [Some(&hash), None] {
                let (began, before) = (Instant::now(), paced.pace().hashes);
                let answer = passwords.verify(&attempt("@ada"), forms(text), hash.cloned()).await;
                assert_eq!(answer, Ok(Verdict::Wrong));
                let hashes = (!has_crowd).then(|| paced.pace().hashes - before);
                costs.push((began.elapsed().as_millis(), hashes));
            }
            assert_eq!(costs[0], costs[1], "{text:?}");
            assert_eq!(costs[0].0 % ANSWER_STEP.as_millis(), 0, "it is told at the next step");
            assert!(costs[0].1.is_none_or(|hashes| hashes == forms(text).len()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_exists_does_not_wait_for_those_that_do_not() {
    let ((passwords, _), ada) = (paced(), attempt("@ada"));
    let hash = hash_of(&passwords, "correct horse").await;
    let _crowd = crowd(&passwords);
    for n in 0..8 {
        tokio::time::sleep(Duration::from_millis(7 * n)).await;
        let began = Instant::now();
        let right = passwords.verify(&ada, forms("correct horse"), Some(hash.clone())).await;
        assert_eq!(right, Ok(Verdict::Right));
        assert_eq!(began.elapsed(), HASH, "it takes one hash, and no turn");
    }
}

async fn hash_of(passwords: &Passwords<Paced>, text: &str) -> String {
    passwords.hash(&attempt("@ada"), password(text)).await.expect("a hash")
}
