// One file for jest, so that one server is started for all of them.
import './empty-postgres';
import './connect.cases';
import './outside-transaction.cases';
import './update.cases';
