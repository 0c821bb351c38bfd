// One file for jest, so that PostgreSQL's parser is compiled once: it takes longer than most of these tests.
import './compatibility.cases';
import './mysql-compatibility.cases';
import './split.cases';
import './squawk.cases';
